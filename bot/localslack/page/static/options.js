// What a select offers: its own options, people, or the channels that the acting person sees; and what it holds.
import { store } from "./store.js";

/** { options: [{value, words, note, group}], value, many } of any select element. */
export function choices(part, held) {
  const many = part.type.startsWith("multi_");
  const kind = part.type.replace(/^multi_/, "");
  const value = held === undefined || held === null ? initial(part, many) : held;
  return { many, value, options: offered(kind, part, value) };
}

function offered(kind, part, value) {
  if (kind === "users_select") return people();
  if (kind === "conversations_select") return conversations(part.filter || {});
  if (kind === "channels_select") return conversations({ include: ["public"] });
  if (kind === "external_select") return [value].flat().filter(Boolean).map(fromOption);
  if (part.option_groups) {
    return part.option_groups.flatMap((group) => group.options.map((option) => ({ ...fromOption(option), group: group.label.text })));
  }
  return (part.options || []).map(fromOption);
}

/** An option of Block Kit as the picker shows it; the whole option goes along for selects that need it back. */
export const fromOption = (option) => ({
  value: option.value, words: option.text.text, note: option.description?.text || "", option,
});

function people() {
  return store.setup.people.filter((someone) => !someone.is_bot).map((someone) => ({
    value: someone.id, words: someone.real_name, note: `@${someone.name}`,
  }));
}

function conversations({ include = ["public", "private", "im"], exclude_bot_users: noBots = false }) {
  return store.state.channels.filter((one) => {
    if (one.is_archived) return false;
    if (one.is_im) return include.includes("im") && !noBots;
    return include.includes(one.is_private ? "private" : "public");
  }).map((one) => ({ value: one.id, words: one.is_im ? store.setup.app : `#${one.name}`, note: one.is_private ? "private" : "" }));
}

function initial(part, many) {
  const start = part.initial_users ?? part.initial_conversations ?? part.initial_channels
    ?? part.initial_options?.map((option) => option.value)
    ?? part.initial_user ?? part.initial_conversation ?? part.initial_channel ?? part.initial_option?.value;
  return start ?? (many ? [] : null);
}
