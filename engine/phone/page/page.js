// The page: pairing, the list of files, and what the studio says of each.

import { FileUpload, Stopped } from "/upload.js";

const AT_A_TIME = 2;
const POLL = 1000;
const byId = (id) => document.getElementById(id);
const uploads = [];
let running = 0;
let polling = false;
let lock = null;
let stated = "";

function bytes(count) {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (count >= size) return `${(count / size).toFixed(count >= 10 * size ? 0 : 1)} ${unit}`;
  }
  return `${count} B`;
}

const pairs = (digest) => digest.toUpperCase().replace(/(..)(?=.)/g, "$1:");

// Pairing

function deviceName() {
  const found = /iPhone|iPad|Android|Macintosh|Windows|Linux/.exec(navigator.userAgent);
  return { Macintosh: "Mac", Android: "Android phone" }[found?.[0]] || found?.[0] || "phone";
}

async function pair(code, name) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch("/pair", { method: "POST", headers, body: JSON.stringify({ code, name }) });
  if (!response.ok) throw new Error((await response.text()).trim());
}

function askForCode(reason) {
  byId("sending").hidden = true;
  byId("pairing").hidden = false;
  byId("pairing-reason").hidden = !reason;
  byId("pairing-reason").textContent = reason || "";
  byId("name").value ||= deviceName();
}

byId("pairing").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await pair(byId("code").value.replace(/[\s-]/g, ""), byId("name").value);
    byId("code").value = "";
    await start();
  } catch (error) {
    askForCode(error.message);
  }
});

async function start() {
  const [code, scanned] = location.hash.slice(1).split(".");
  // The code is used once; it does not stay in the history.
  if (code) history.replaceState(null, "", "/");
  let studio = await (await fetch("/studio", { cache: "no-store" })).json();
  if (!studio.device && code) {
    try {
      await pair(code, deviceName());
      studio = await (await fetch("/studio", { cache: "no-store" })).json();
    } catch (error) {
      askForCode(error.message);
      return;
    }
  }
  if (!studio.device) {
    askForCode("");
    return;
  }
  byId("pairing").hidden = true;
  byId("sending").hidden = false;
  byId("project").textContent = `Footage for “${studio.project}”. This device: ${studio.device.name}.`;
  stated = studio.fingerprint;
  byId("fingerprint").textContent = pairs(stated);
  if (scanned) {
    byId("fingerprint-verdict").textContent = scanned === stated
      ? "It is the one in the QR code."
      : "It is not the one in the QR code: another machine may answer. Do not send anything.";
    byId("fingerprint-verdict").className = scanned === stated ? "quiet" : "note";
  }
  await showArrivals();
}

// The list

function line(name, size) {
  const item = document.createElement("li");
  item.innerHTML = '<div class="row"><span class="name"></span><span class="size quiet"></span></div>'
    + '<progress max="1" value="0"></progress><p class="state"></p><p class="proof quiet"></p><p class="hint"></p>';
  item.querySelector(".name").textContent = name;
  item.querySelector(".size").textContent = bytes(size);
  byId("files").append(item);
  byId("list-title").hidden = false;
  return item;
}

function write(item, kind, state, { share = null, proof = "", hint = "" } = {}) {
  item.className = kind;
  item.querySelector(".state").textContent = state;
  item.querySelector(".proof").textContent = proof;
  item.querySelector(".hint").textContent = hint;
  const progress = item.querySelector("progress");
  progress.hidden = share === null;
  if (share !== null) progress.value = share;
}

function showUpload(upload) {
  const share = upload.file.size ? upload.sent / upload.file.size : 0;
  const percent = `${Math.floor(100 * share)} %`;
  const states = {
    queued: "waits", preparing: "is being read", sending: `${percent} sent`, sent: "received; the studio checks it",
    here: "the studio has it already", waiting: `${percent} sent. ${upload.message}`, stopped: upload.message,
  };
  const kind = { waiting: "waiting", stopped: "refused" }[upload.state] || "";
  write(upload.item, kind, states[upload.state] || upload.state, { share: upload.state === "stopped" ? null : share });
  upload.button.hidden = ["sent", "here"].includes(upload.state);
  upload.button.textContent = upload.state === "stopped" ? "Retry" : "Cancel";
}

function showOutcome(item, arrival, sentDigest) {
  const outcome = arrival.outcome || {};
  if (arrival.state === "refused") {
    write(item, "refused", outcome.message || "refused", { hint: outcome.hint || "" });
    return;
  }
  const again = outcome.already_here ? "It was in the project already. " : "";
  const ours = sentDigest ? `SHA-256 of the slices, here and on the studio's disk: ${sentDigest.slice(0, 16)}…; ` : "";
  const seal = outcome.seal ? ` Seal: ${outcome.seal}.` : "";
  const proof = `${again}${outcome.sent_digest_matches ? ours : ""}XXH128 ${outcome.xxh128}.${seal}`;
  if (outcome.original) {
    write(item, "sealed", `✓ Whole and sealed as ${outcome.take}.`, { proof });
  } else {
    const state = `! Whole and sealed as ${outcome.take}, but not an original: ${outcome.reason}.`;
    write(item, "copy", state, { proof, hint: outcome.hint });
    byId("guide").open = true;
  }
}

/** What of earlier visits is unfinished or was refused. */
async function showArrivals() {
  const arrivals = await readArrivals();
  for (const one of arrivals) {
    if (one.state === "receiving" && !uploads.some((upload) => upload.url === one.url)) {
      const item = line(one.name, one.length || 0);
      item.dataset.url = one.url;
      const share = one.length ? one.offset / one.length : 0;
      const state = `${Math.floor(100 * share)} % is in the studio. Choose the same file again: it continues there.`;
      write(item, "waiting", state, { share });
    }
  }
}

async function readArrivals() {
  const response = await fetch("/arrivals", { cache: "no-store" });
  if (response.status === 401 || response.status === 403) {
    askForCode((await response.text()).trim());
    return [];
  }
  return response.ok ? (await response.json()).arrivals : [];
}

// Sending

function add(files) {
  for (const file of files) {
    const upload = new FileUpload(file, showUpload);
    upload.item = line(file.name, file.size);
    upload.button = document.createElement("button");
    upload.button.type = "button";
    upload.button.addEventListener("click", () => {
      if (upload.state === "stopped") {
        retry(upload);
      } else {
        upload.cancel();
      }
    });
    upload.item.querySelector(".row").append(upload.button);
    uploads.push(upload);
    showUpload(upload);
  }
  next();
}

function retry(upload) {
  const again = new FileUpload(upload.file, showUpload);
  again.item = upload.item;
  again.button = upload.button.cloneNode(true);
  upload.button.replaceWith(again.button);
  again.button.addEventListener("click", () => (again.state === "stopped" ? retry(again) : again.cancel()));
  uploads.splice(uploads.indexOf(upload), 1, again);
  showUpload(again);
  next();
}

function next() {
  while (running < AT_A_TIME) {
    const upload = uploads.find((one) => one.state === "queued");
    if (!upload) break;
    running += 1;
    upload.state = "preparing";
    upload.run()
      .catch((error) => {
        upload.set("stopped", error.message);
        if (error instanceof Stopped && error.pair) askForCode(error.message);
      })
      .finally(() => {
        running -= 1;
        document.querySelectorAll("#files li[data-url]").forEach((item) => {
          if (item.dataset.url === upload.url) item.remove();
        });
        next();
        poll();
      });
  }
  keepAwake();
  summarize();
}

function summarize() {
  const sealed = document.querySelectorAll("#files .sealed, #files .copy").length;
  const open = uploads.filter((one) => !one.done && one.state !== "stopped").length;
  byId("summary").textContent = uploads.length ? `${sealed} of ${uploads.length} sealed, ${open} to go.` : "";
}

/** Ask the studio until it has said something of each file that has arrived. */
async function poll() {
  if (polling) return;
  polling = true;
  for (;;) {
    const waiting = uploads.filter((one) => !one.done && ["sent", "here"].includes(one.state));
    if (!waiting.length) break;
    const arrivals = await readArrivals().catch(() => []);
    for (const upload of waiting) {
      const found = arrivals.find((one) => one.url === upload.url);
      if (found && found.outcome) {
        upload.done = true;
        showOutcome(upload.item, found, upload.digest);
      }
    }
    summarize();
    await new Promise((resume) => setTimeout(resume, POLL));
  }
  polling = false;
  keepAwake();
}

async function keepAwake() {
  const busy = running > 0 || polling;
  if (busy && !lock && navigator.wakeLock && document.visibilityState === "visible") {
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    lock?.addEventListener("release", () => { lock = null; });
  } else if (!busy && lock) {
    await lock.release();
    lock = null;
  }
  byId("awake").hidden = !lock;
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  keepAwake();
  // After a lock, waiting uploads try again at once.
  uploads.forEach((one) => one.state === "waiting" && one.resume && one.resume());
});
window.addEventListener("online", () => uploads.forEach((one) => one.resume && one.resume()));
window.addEventListener("beforeunload", (event) => running && event.preventDefault());
for (const id of ["from-files", "from-photos"]) {
  byId(id).addEventListener("change", (event) => {
    add(Array.from(event.target.files));
    event.target.value = "";
  });
}

start().catch(() => askForCode("The studio cannot be reached. Is it still on? cwtui phone switches it on again."));
