// The console's words: in English here, in the reader's language as far as the gateway's catalogs have them.

const words = await read();
export const language = words.language;

async function read() {
  try {
    return await (await fetch(new URL("words.json", document.baseURI), { credentials: "omit" })).json();
  } catch {
    return { language: "en", messages: {} };
  }
}

document.documentElement.lang = language;

/** `text` in the page's language, with `values` in its `{holes}`. */
export function t(text, values = {}) {
  return sentence(text, values).join("");
}

/** The same where elements stand in the holes: what `h` takes as children. */
export function sentence(text, values) {
  return (words.messages[text] ?? text).split(/\{(\w+)\}/).map((part, at) => (at % 2 ? values[part] : part));
}
