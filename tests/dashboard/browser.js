// Runs dashboard.js with just enough of a browser to send the correction form again and again.
// Read from stdin: {"script": …, "answers": [what each request to /graphql/ is answered, or null
// for none at all]}. Writes what was sent and shown, as JSON.
"use strict";
const vm = require("node:vm");

const { script, answers } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const keys = [];
const shown = [];
let submit;

function newForm() {
  const status = {
    dataset: { done: "done", failed: "failed", late: "late" },
    textContent: "",
  };
  const parts = { "button": {}, "[role=status]": status };
  return {
    id: "adjust", dataset: { member: "m" }, points: { value: "5" }, note: { value: "n" },
    status, querySelector: (selector) => parts[selector],
  };
}
let form = newForm();

const main = {
  dataset: { apiUrl: "https://shop.example/graphql/" },
  replaceChildren() { form = newForm(); },
};
const sandbox = {
  AbortSignal, navigator: { language: "en" },
  document: {
    getElementById: () => main,
    querySelector: () => form.status,
    documentElement: { dataset: {} },
    addEventListener: (_name, listener) => { submit = listener; },
  },
  DOMParser: class {
    parseFromString() {
      return { documentElement: {}, getElementById: () => ({ childNodes: [] }) };
    }
  },
  async fetch(address, options) {
    if (address !== "/graphql/") return { text: async () => "" };
    keys.push(JSON.parse(options.body).variables.input.idempotencyKey);
    const answer = answers[keys.length - 1];
    if (answer === null) throw new TypeError("no network");
    return { json: async () => answer };
  },
};
sandbox.window = sandbox;
sandbox.parent = sandbox;

(async () => {
  vm.runInNewContext(script, sandbox);
  for (const _answer of answers) {
    submit({ target: form, preventDefault() {} });
    await new Promise((resolve) => setImmediate(resolve));
    shown.push(form.status.textContent);
  }
  process.stdout.write(JSON.stringify({ keys, shown }));
})();
