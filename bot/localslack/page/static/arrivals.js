// Shows what came after a jump in time: switches to its channel, scrolls to it and marks it.
import { toast } from "./actions.js";
import { historyOf } from "./conversation.js";
import { botId, go, me, notify, store } from "./store.js";

/** A card changes a moment before its reminder is posted: what comes within this time is looked at together. */
const GATHER = 900;
/** After these times, in milliseconds: nothing has come yet, and nothing is waited for any more. */
const [TELL, GIVE_UP] = [8_000, 30_000];

let watch = null;

/** Watch from now on. With `changes`, a message that was changed counts where no new one comes. */
export function watchArrivals({ changes = false } = {}) {
  stopWatching();
  store.arrived = null;
  watch = { as: store.place.as, before: texts(), changes, since: performance.now(), timer: 0 };
  if (changes) watch.telling = setTimeout(() => toast(`Nothing has come that ${me().real_name} can see.`), TELL);
}

export function stopWatching() {
  clearTimeout(watch?.timer);
  clearTimeout(watch?.telling);
  watch = null;
}

/** Look for arrivals in a state that has just come. */
export function updateArrivals() {
  if (!watch || watch.timer) return;
  if (watch.as !== store.place.as || performance.now() - watch.since > GIVE_UP) return stopWatching();
  if (found()) watch.timer = setTimeout(show, GATHER);
  return undefined;
}

const bySlack = () => store.state.channels.flatMap((one) => historyOf(one.id)).filter((one) => one.user === botId() && !one.only_me);
const texts = () => new Map(bySlack().map((one) => [`${one.channel}/${one.ts}`, textOf(one)]));
const textOf = (message) => message.text + JSON.stringify(message.blocks.map((block) => ({ ...block, block_id: "" })));

/** The first new message, else the first changed one; rather in the channel that is open. */
function found() {
  const before = (one) => watch.before.get(`${one.channel}/${one.ts}`);
  const all = bySlack().sort((a, b) => (b.channel === store.place.channel) - (a.channel === store.place.channel));
  return all.find((one) => before(one) === undefined) || (watch.changes && all.find((one) => before(one) !== textOf(one)));
}

function show() {
  if (watch.as !== store.place.as) return stopWatching();
  const { channel, ts } = found() || {};
  stopWatching();
  if (!channel) return undefined;
  store.arrived = { channel, ts, shown: false };
  // Beside a narrow conversation the thread would hide it.
  if (channel !== store.place.channel || (store.place.thread && innerWidth <= 940)) go({ channel, thread: "" });
  else notify();
  return undefined;
}
