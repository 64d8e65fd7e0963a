/* What pages gain where scripting is on. Every page works without it. */
const root = document.documentElement;
root.classList.add("scripted");

const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");

/* The same page again, or a part of another: what the server sends, taken apart. */
async function fetched(url, signal) {
  const answer = await fetch(url, { signal, headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function later(milliseconds, act) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), milliseconds);
  };
}

/* Lists that follow the filters: <form data-live="#list"> replaces #list by that of the page it would lead to. A form
   that posts is only looked at: its fields are asked about, those that follow data-live-of only when that is changed. */
let running = new AbortController();
async function follow(form) {
  running.abort();
  running = new AbortController();
  const target = form.dataset.live;
  const posts = form.method === "post";
  const url = new URL(posts ? location.pathname : form.action, location.href);
  const asked = ([name, value]) => value !== "" && !(posts && (name === "csrf" || name === "once"));
  const values = [...new FormData(form)].filter(asked);
  url.search = new URLSearchParams(values).toString();
  try {
    const page = await fetched(url, running.signal);
    const fresh = page && page.querySelector(target);
    if (!fresh) return posts || location.assign(url);
    const old = document.querySelector(target);
    const at = old.contains(document.activeElement) && document.activeElement.id;
    // What was chosen meanwhile stays chosen, where it can be.
    for (const field of posts ? old.querySelectorAll("select") : []) {
      const twin = fresh.querySelector(`select[name="${field.name}"]`);
      if (twin && [...twin.options].some((option) => option.value === field.value)) twin.value = field.value;
    }
    old.replaceWith(fresh);
    if (at) document.getElementById(at)?.focus();
    if (!posts) history.replaceState(null, "", url);
  } catch (problem) {
    if (problem.name !== "AbortError") throw problem;
  }
}
const followSoon = later(120, follow);
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-live]");
  const of = form?.dataset.liveOf;
  if (form && (!of || event.target.name === of || event.target.name === `${of}_choice`)) followSoon(form);
});

/* Search everywhere, as one types. */
const seek = document.querySelector("[data-seek]");
let asking = new AbortController();
const ask = later(140, async () => {
  asking.abort();
  asking = new AbortController();
  const text = seek.elements.q.value.trim();
  if (text.length < 2) return closeFound();
  try {
    const page = await fetched(`${seek.action}?q=${encodeURIComponent(text)}`, asking.signal);
    const fresh = page && page.querySelector("#found");
    // What one is choosing from already is not taken away.
    if (!fresh || seek.querySelector(".found")?.contains(document.activeElement)) return;
    closeFound();
    fresh.className = "found";
    seek.append(fresh);
  } catch (problem) {
    if (problem.name !== "AbortError") throw problem;
  }
});
function closeFound() {
  seek.querySelector(".found")?.remove();
}
if (seek) {
  seek.addEventListener("input", ask);
  document.addEventListener("pointerdown", (event) => {
    if (!seek.contains(event.target)) closeFound();
  });
}

/* Fields that choose one of many: what is typed is looked up, and what was chosen shows as what it is called. */
const lookUp = later(140, async (field) => {
  const list = field.list;
  const url = new URL(field.dataset.choices, location.href);
  url.searchParams.set("q", field.value.trim());
  const page = field.value.trim().length > 1 && (await fetched(url).catch(() => null));
  for (const link of page ? page.querySelectorAll("#found a[data-id]") : []) {
    if ([...list.options].some((option) => option.value === link.dataset.id)) continue;
    list.append(new Option(link.querySelector("strong").textContent, link.dataset.id));
  }
});
function hold(field, name, value) {
  const there = field.form.querySelector(`input[type="hidden"][name="${name}"]`);
  const input = there || field.form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
  input.value = value;
}
function choose(field) {
  const option = [...field.list.options].find((each) => each.value === field.value);
  if (!option) return false;
  document.getElementById(`${field.name}-fits`)?.remove();
  field.value = option.textContent;
  hold(field, `${field.name}_asked`, field.value);
  hold(field, `${field.name}_choice`, option.value);
  return true;
}
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.dataset?.choices) return;
  if (!choose(field)) lookUp(field);
});

/* Links that ask once more open in place what would be a page of its own. */
const dialog = document.getElementById("dialog");
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const page = await fetched(link.href).catch(() => null);
  const body = page && page.querySelector(".confirm-body");
  if (!body) return location.assign(link.href);
  dialog.replaceChildren(body);
  dialog.showModal();
  /* What cannot be undone is not one key away. */
  const gentle = body.querySelector(".button.bad") && body.querySelector("[data-close]");
  const field = body.querySelector("[autofocus], input:not([type=hidden]), select, textarea");
  (field || gentle || body.querySelector("button, a"))?.focus();
});
document.addEventListener("click", (event) => {
  const target = event.target;
  if (target === dialog || target.closest("#dialog [data-close]")) {
    event.preventDefault();
    dialog.close();
  }
  if (target.closest("[data-keys]")) document.getElementById("keys").showModal();
});

/* What was refused is where one goes on. */
document.querySelector("main [aria-invalid=true]")?.focus();

/* Once is enough: a form that is on its way does not go again. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

/* Copying. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  await navigator.clipboard.writeText(button.dataset.copy);
  if (button.classList.contains("done")) return;
  const label = button.getAttribute("aria-label");
  button.classList.add("done");
  button.setAttribute("aria-label", "Copied");
  setTimeout(() => {
    button.classList.remove("done");
    button.setAttribute("aria-label", label);
  }, 1500);
});

document.addEventListener("click", (event) => event.target.closest("[data-print]") && print());

/* Light or dark, kept in a cookie, so that the server sends the right one at once. */
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `peaswap_theme=${root.dataset.theme}; path=/dashboard; max-age=31536000; samesite=lax`;
});

/* The keyboard. */
function step(down) {
  const links = [...document.querySelectorAll(".found a, table.rows .row-link")];
  const inFound = document.querySelector(".found");
  const among = inFound ? links.filter((link) => inFound.contains(link)) : links;
  if (!among.length) return false;
  const at = among.indexOf(document.activeElement);
  const next = among[at < 0 ? (down ? 0 : among.length - 1) : Math.min(Math.max(at + (down ? 1 : -1), 0), among.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") closeFound();
  const arrow = event.key === "ArrowDown" || event.key === "ArrowUp";
  const seeking = seek && event.target === seek.elements.q && seek.querySelector(".found");
  if (document.querySelector("dialog[open]") || (typing(event.target) && !(arrow && seeking))) return;
  if (arrow && step(event.key === "ArrowDown")) event.preventDefault();
  if (event.key === "/" && seek) {
    event.preventDefault();
    seek.elements.q.select();
    seek.elements.q.focus();
  }
  const create = event.key === "c" && document.querySelector("a[data-create]");
  if (create) create.click();
  if (event.key === "?") document.getElementById("keys")?.showModal();
});

/* Charts: the values under the pointer, or where the arrows are, beside it. */
function tell(mark) {
  const plot = mark.closest(".plot");
  for (const other of plot.querySelectorAll(".mark.on")) other.classList.remove("on");
  const tip = plot.querySelector(".tip") || plot.appendChild(document.createElement("div"));
  tip.className = "tip";
  tip.setAttribute("role", "status");
  const title = mark.querySelector("title");
  if (title) {
    mark.dataset.value = title.textContent;
    title.remove();
  }
  tip.textContent = mark.dataset.value;
  const place = mark.getBoundingClientRect();
  const around = plot.getBoundingClientRect();
  const middle = place.left + place.width / 2 - around.left;
  const right = middle + tip.offsetWidth + 16 < around.width;
  tip.style.left = `${right ? middle + 12 : Math.max(0, middle - 12 - tip.offsetWidth)}px`;
}
function quiet(except) {
  for (const tip of document.querySelectorAll(".tip")) {
    if (except?.contains(tip)) continue;
    for (const mark of tip.parentElement.querySelectorAll(".mark.on")) mark.classList.remove("on");
    tip.remove();
  }
}
document.addEventListener("pointerover", (event) => {
  const mark = event.target.closest(".mark");
  quiet(event.target.closest(".plot"));
  if (mark) tell(mark);
});
document.addEventListener("focusout", () => quiet());
document.addEventListener("keydown", (event) => {
  const drawing = event.target.closest?.(".drawing");
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!drawing || !way) return;
  event.preventDefault();
  const marks = [...drawing.querySelectorAll(".mark")];
  const at = marks.findIndex((mark) => mark.classList.contains("on"));
  const next = marks[at < 0 ? (way < 0 ? marks.length - 1 : 0) : Math.min(Math.max(at + way, 0), marks.length - 1)];
  if (!next) return;
  tell(next);
  next.classList.add("on");
});

/* Pages that watch something happen: <div data-watch="2"> is fetched again, every so many seconds, while it says so. */
async function watch() {
  const part = document.querySelector("[data-watch]");
  if (!part) return;
  await new Promise((done) => setTimeout(done, Number(part.dataset.watch) * 1000));
  if (!document.hidden) {
    const page = await fetched(location.href).catch(() => null);
    const fresh = page && page.getElementById(part.id);
    if (fresh) part.replaceWith(fresh);
  }
  watch();
}
watch();
