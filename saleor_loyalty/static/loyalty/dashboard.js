// Talks to Saleor's Dashboard, the frame around us (its "app bridge"), and loads our content.
"use strict";

const main = document.getElementById("content");
const isFramed = window.parent !== window;
const HANDSHAKE_WAIT_MS = 10000;
const FETCH_WAIT_MS = 15000;

let token = null;
let locale = navigator.language;
let loadedIn = null; // the locale of the content that is shown

function tell(type, payload = {}) {
  // Nothing that is told is a secret; who may frame us is decided by our frame-ancestors.
  const actionId = `${Date.now()}-${Math.random()}`;
  window.parent.postMessage({ type, payload: { ...payload, actionId } }, "*");
}

function fit() {
  tell("widgetResize", { height: Math.ceil(main.getBoundingClientRect().height) });
}

function show(templateId) {
  main.replaceChildren(document.getElementById(templateId).content.cloneNode(true));
}

function headers() {
  return {
    "Accept-Language": locale,
    "Authorization-Bearer": token,
    "Saleor-Api-Url": main.dataset.apiUrl,
  };
}

async function load() {
  const wanted = locale;
  loadedIn = wanted;
  const subject = Object.keys(main.dataset)
    .filter((key) => key.startsWith("subject"))
    .map((key) => main.dataset[key]);
  const address = `/dashboard/${main.dataset.page}/content?${subject.join("&")}`;
  try {
    const signal = AbortSignal.timeout(FETCH_WAIT_MS);
    const response = await fetch(address, { headers: headers(), cache: "no-store", signal });
    const text = await response.text();
    if (loadedIn !== wanted) return; // another language was asked for meanwhile
    const page = new DOMParser().parseFromString(text, "text/html");
    document.documentElement.lang = page.documentElement.lang;
    main.replaceChildren(...page.getElementById("content").childNodes);
  } catch {
    loadedIn = null;
    show("unreachable");
  }
}

const HEARD = {
  handshake: (payload) => {
    token = payload.token;
    if (loadedIn !== locale) load();
  },
  tokenRefresh: (payload) => { token = payload.token; },
  theme: (payload) => { document.documentElement.dataset.theme = payload.theme; },
  localeChanged: (payload) => {
    locale = payload.locale;
    if (token && loadedIn !== locale) load();
  },
};

const ADJUST = `mutation Adjust($input: MemberPointsAdjustInput!) {
  memberPointsAdjust(input: $input) { errors { code message } }
}`;

async function adjust(form) {
  const [button, status] = [form.querySelector("button"), form.querySelector("[role=status]")];
  button.disabled = true;
  // Kept until the form is replaced, whatever is answered: however often it is sent, points move
  // once. (A correction that was refused has not used its key, and may be changed.)
  form.dataset.key ||= `${Date.now()}-${Math.random()}`;
  const input = {
    memberId: form.dataset.member,
    points: Number(form.points.value),
    note: form.note.value,
    idempotencyKey: form.dataset.key,
  };
  try {
    const response = await fetch("/graphql/", {
      method: "POST",
      headers: { ...headers(), "Content-Type": "application/json" },
      body: JSON.stringify({ query: ADJUST, variables: { input } }),
      signal: AbortSignal.timeout(FETCH_WAIT_MS),
    });
    const answer = await response.json();
    const errors = answer.errors || answer.data.memberPointsAdjust.errors;
    // Sent before and changed since: the first one came through, though its answer did not.
    const isLate = errors.some((error) => error.code === "IDEMPOTENCY_KEY_USED");
    if (errors.length && !isLate) {
      status.textContent = errors[0].message;
    } else {
      await load();
      const fresh = document.querySelector("#adjust [role=status]");
      if (fresh) fresh.textContent = isLate ? fresh.dataset.late : fresh.dataset.done;
    }
  } catch {
    status.textContent = status.dataset.failed;
  }
  button.disabled = false;
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.id === "adjust") adjust(event.target);
});

if (isFramed) {
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !event.data) return;
    if (Object.hasOwn(HEARD, event.data.type)) HEARD[event.data.type](event.data.payload || {});
  });
  new ResizeObserver(fit).observe(main);
}
if (main.dataset.page) {
  if (isFramed) {
    tell("notifyReady");
    setTimeout(() => { if (!token) show("outside"); }, HANDSHAKE_WAIT_MS);
  } else {
    show("outside");
  }
}
