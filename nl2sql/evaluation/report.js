const cases = [...document.querySelectorAll("details.case")];
const form = document.getElementById("filter");
const words = document.getElementById("words");
const selects = [...form.querySelectorAll("select")];
const texts = new Map(cases.map((one) => [one, one.textContent.toLowerCase()]));

function filter() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const one of cases) {
    const fits = selects.every((s) => !s.value || one.dataset[s.id] === s.value)
      && wanted.every((word) => texts.get(one).includes(word));
    one.hidden = !fits;
    shown += fits;
  }
  document.getElementById("shown").value = `${shown} of ${cases.length}`;
  document.getElementById("none").hidden = shown > 0;
}

function openLinked() {
  const one = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (one instanceof HTMLDetailsElement) {
    one.hidden = false;
    one.open = true;
    one.scrollIntoView();
  }
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("open").addEventListener("click", (event) => {
  const open = event.target.textContent === "open all";
  for (const one of cases) if (!one.hidden) one.open = open;
  event.target.textContent = open ? "close all" : "open all";
});
addEventListener("hashchange", openLinked);
filter();
openLinked();
