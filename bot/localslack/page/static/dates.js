// Moments in the acting person's time zone: message times, day dividers, and Slack's <!date^…> tokens.
import { me, now } from "./store.js";

const formats = new Map();

function format(options, zone = me().tz) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options }));
  return formats.get(key);
}

const part = (ms, options, name) => format(options).formatToParts(ms).find((one) => one.type === name).value;
const plain = (text) => text.replace(/\u202f/g, " ");

export const time = (ms) => plain(format({ hour: "numeric", minute: "2-digit" }).format(ms));
export const clock = (ms) => plain(format({ weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }).format(ms));
export const isoDay = (ms, zone) => format({ year: "numeric", month: "2-digit", day: "2-digit" }, zone)
  .formatToParts(ms).filter((one) => one.type !== "literal").reduce((all, one) => ({ ...all, [one.type]: one.value }), {});

/** The day as yyyy-mm-dd. */
export function day(ms) {
  const { year, month, day: number } = isoDay(ms);
  return `${year}-${month}-${number}`;
}

function near(ms) {
  const apart = Math.round((Date.parse(day(ms)) - Date.parse(day(now()))) / 86_400_000);
  return { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[apart];
}

const long = (ms) => format({ weekday: "long", month: "long", day: "numeric" }).format(ms);
const ordinal = (number) => number + (/1[123]$/.test(number) ? "th" : { 1: "st", 2: "nd", 3: "rd" }[number % 10] || "th");

/** What stands on the line between two days. */
export function divider(ms) {
  const year = part(ms, { year: "numeric" }, "year");
  const other = year === part(now(), { year: "numeric" }, "year") ? "" : `, ${year}`;
  return near(ms) || `${part(ms, { weekday: "long" }, "weekday")}, ${part(ms, { month: "long" }, "month")} ${ordinal(part(ms, { day: "numeric" }, "day"))}${other}`;
}

/** A moment in full, for titles. */
export const full = (ms) => `${divider(ms)} at ${time(ms)} (${me().tz})`;

/** `<!date^UNIX^{tokens}>` as this person reads it. */
export function dateToken(seconds, text) {
  const ms = seconds * 1000;
  const lower = near(ms)?.toLowerCase();
  const short = format({ month: "short", day: "numeric", year: "numeric" }).format(ms);
  const { year, month, day: number } = isoDay(ms);
  const values = {
    date_num: `${year}-${month}-${number}`,
    date_slash: `${month}/${number}/${year}`,
    date: format({ month: "long", day: "numeric", year: "numeric" }).format(ms),
    date_short: short,
    date_long: format({ weekday: "long", month: "long", day: "numeric", year: "numeric" }).format(ms),
    date_pretty: lower || format({ month: "long", day: "numeric", year: "numeric" }).format(ms),
    date_short_pretty: lower || short,
    date_long_pretty: lower || format({ weekday: "long", month: "long", day: "numeric", year: "numeric" }).format(ms),
    day_divider_pretty: lower || long(ms),
    time: time(ms),
    time_secs: plain(format({ hour: "numeric", minute: "2-digit", second: "2-digit" }).format(ms)),
    ago: span(ms - now()),
  };
  return text.replace(/\{([a-z_]+)\}/g, (whole, name) => values[name] ?? whole);
}

/** "in 2 days", "3 hours ago". */
export function span(ms) {
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const minutes = Math.round(ms / 60_000);
  if (Math.abs(minutes) < 60) return words.format(minutes, "minute");
  const hours = Math.round(minutes / 60);
  if (Math.abs(hours) < 36) return words.format(hours, "hour");
  return words.format(Math.round(hours / 24), "day");
}

/** The Unix time of a wall clock reading (yyyy-mm-ddThh:mm) in this person's zone. */
export function unixOf(reading) {
  const wanted = Date.parse(`${reading}Z`);
  let guess = wanted;
  for (let round = 0; round < 2; round += 1) guess += wanted - Date.parse(`${wall(guess)}Z`);
  return Math.floor(guess / 1000);
}

/** The reverse of `unixOf`. */
export function wall(ms) {
  const hour = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms);
  return `${day(ms)}T${hour}`;
}
