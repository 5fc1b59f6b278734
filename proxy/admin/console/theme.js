// Light, dark, or as the system has it.

import { t } from "./words.js";

const KEY = "askwire.theme";
const THEMES = { system: t("As the system"), light: t("Light"), dark: t("Dark") };
let control = null;

/** Apply what was chosen before; `button` shows it and changes it. */
export function startTheme(button) {
  control = button;
  control.addEventListener("click", nextTheme);
  apply(localStorage.getItem(KEY));
}

/** system -> light -> dark -> system. */
export function nextTheme() {
  const names = Object.keys(THEMES);
  apply(names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length]);
}

function apply(name) {
  const theme = name in THEMES ? name : "system";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEY, theme);
  control.textContent = t("Colours: {theme}", { theme: THEMES[theme] });
}
