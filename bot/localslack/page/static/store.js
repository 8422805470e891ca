// Holds the state that the server sends, the place this window looks at, and tells everyone when they change.

const listeners = new Set();

export const store = {
  setup: null,
  /** What the acting person sees; null until the server has sent it. */
  state: null,
  receivedAt: 0,
  connected: false,
  /** Where this window is: who acts, which channel, which thread; it stands in the address. */
  place: { as: "", channel: "", thread: "" },
  inspecting: false,
  /** What this person has just done that may be answered: { channel, at, isCommand }. */
  asked: null,
  /** The message that came after a jump in time: { channel, ts, shown }. */
  arrived: null,
};

export const me = () => store.setup.people.find((person) => person.id === store.place.as);
export const person = (id) => store.setup.people.find((someone) => someone.id === id);
export const channel = (id) => store.state?.channels.find((one) => one.id === id);
export const botId = () => store.setup.bot;
export const messagesOf = (id) => store.state?.messages[id] || [];

/** The bot's clock, in milliseconds. */
export function now() {
  const { now: at, frozen } = store.state;
  return at * 1000 + (frozen ? 0 : performance.now() - store.receivedAt);
}

export function subscribe(listener) {
  listeners.add(listener);
}

export function notify() {
  for (const listener of listeners) listener();
}

/** Go somewhere: what is not named stays; another person or channel closes the thread. */
export function go(change) {
  const place = { ...store.place, ...change };
  const moved = place.as !== store.place.as || place.channel !== store.place.channel;
  if (moved && !("thread" in change)) place.thread = "";
  location.hash = ["", person(place.as)?.name ?? place.as, place.channel, place.thread].join("/").replace(/\/+$/, "");
}

function readPlace() {
  const [, name, where, thread] = decodeURIComponent(location.hash).replace(/^#/, "").split("/");
  const people = store.setup.people.filter((someone) => !someone.is_bot);
  const actor = people.find((someone) => someone.name === name || someone.id === name) || people[0];
  const before = store.place.as;
  store.place = { as: actor.id, channel: where || "", thread: thread || "" };
  if (before !== actor.id) {
    store.state = null;
    connect();
  }
  notify();
}

let socket = null;

function connect() {
  const old = socket;
  const actor = store.place.as;
  const fresh = new WebSocket(`ws://${location.host}/page/live?as=${actor}`);
  socket = fresh;
  old?.close();
  fresh.addEventListener("message", (event) => {
    if (fresh !== socket) return;
    const state = JSON.parse(event.data);
    // The process behind the page is another one now: its workspace and its script may be, too.
    if (state.run !== store.setup.run) return location.reload();
    store.state = state;
    store.receivedAt = performance.now();
    store.connected = true;
    notify();
  });
  fresh.addEventListener("close", () => {
    if (fresh !== socket) return;
    store.connected = false;
    notify();
    setTimeout(() => fresh === socket && connect(), 1000);
  });
}

export async function start() {
  store.setup = await (await fetch("/page/setup")).json();
  addEventListener("hashchange", readPlace);
  readPlace();
}
