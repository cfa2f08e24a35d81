// Sends one file in slices, by tus 1.0.0 with a checksum for each slice, and a digest for the whole.

export const SLICE = 8 << 20;
const SAMPLE = 256 << 10;
const TUS = { "Tus-Resumable": "1.0.0" };
const BYTES = { ...TUS, "Content-Type": "application/offset+octet-stream" };
const LONGEST_WAIT = 15000;
const MOST_MISMATCHES = 5;

/** An error that another attempt would meet again. `pair`: the key is not valid any more. */
export class Stopped extends Error {
  constructor(message, pair = false) {
    super(message);
    this.pair = pair;
  }
}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const text64 = (text) => base64(new TextEncoder().encode(text));

async function read(file, from, to) {
  try {
    return await file.slice(from, to).arrayBuffer();
  } catch (error) {
    throw new Stopped("The phone no longer lets this page read the file. Choose it again: it continues where it stopped.");
  }
}

/** The same for the same content, whatever the file's name or date: from its size, its beginning, middle and end. */
export async function fingerprint(file) {
  const middle = Math.max(0, Math.floor(file.size / 2) - SAMPLE / 2);
  const parts = [new TextEncoder().encode(`${file.size}:`)];
  for (const at of [0, middle, Math.max(0, file.size - SAMPLE)]) {
    parts.push(new Uint8Array(await read(file, at, Math.min(file.size, at + SAMPLE))));
  }
  return hex(await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer()));
}

export class FileUpload {
  /** `changed` is called with this upload after each step. */
  constructor(file, changed) {
    this.file = file;
    this.changed = changed;
    this.sent = 0;
    this.state = "queued";
    this.message = "";
    this.digest = "";
    this.url = "";
    this.cancelled = false;
    this.abort = new AbortController();
    this.digests = [];
  }

  /** Sends the file. Resolves when the studio has all bytes; rejects with Stopped. */
  async run() {
    this.set("preparing");
    this.fingerprint = await fingerprint(this.file);
    let wait = 1000;
    let mismatches = 0;
    for (;;) {
      try {
        if (!this.url) await this.find();
        if (this.state === "here") return;
        await this.send(() => { wait = 1000; });
        this.set("sent");
        return;
      } catch (error) {
        if (this.cancelled) throw new Stopped("Cancelled.");
        if (error instanceof Stopped) throw error;
        if (error.mismatch && ++mismatches > MOST_MISMATCHES) {
          throw new Stopped("The bytes change on their way, or the file changes while it is read. Choose it again.");
        }
        this.set("waiting", error.message);
        await new Promise((resume) => { this.resume = resume; setTimeout(resume, error.wait || wait); });
        wait = Math.min(LONGEST_WAIT, wait * 2);
      }
    }
  }

  cancel() {
    this.cancelled = true;
    this.abort.abort();
    if (this.resume) this.resume();
    if (this.url) fetch(this.url, { method: "DELETE", headers: TUS }).catch(() => {});
  }

  set(state, message = "") {
    this.state = state;
    this.message = message;
    this.changed(this);
  }

  /** Looks for an upload of the same content that this device began, or creates one. */
  async find() {
    const { arrivals } = await (await this.request("/arrivals", { method: "GET" })).json();
    const same = arrivals.filter((one) => one.fingerprint === this.fingerprint && one.length === this.file.size);
    const known = same.find((one) => one.state !== "refused");
    if (known) {
      this.url = known.url;
      if (known.state !== "receiving") {
        this.sent = this.file.size;
        this.set("here");
      }
      return;
    }
    const metadata = { filename: this.file.name, fingerprint: this.fingerprint, modified: String(this.file.lastModified) };
    const fields = Object.entries(metadata).map(([name, value]) => `${name} ${text64(value)}`).join(",");
    const headers = { ...TUS, "Upload-Length": String(this.file.size), "Upload-Metadata": fields };
    const created = await this.request("/files", { method: "POST", headers });
    this.url = new URL(created.headers.get("Location")).pathname;
  }

  async send(progressed) {
    const head = await this.request(this.url, { method: "HEAD", headers: TUS });
    let offset = Number(head.headers.get("Upload-Offset"));
    this.sent = offset;
    this.set("sending");
    let next = this.slice(offset);
    while (offset < this.file.size) {
      const { body, checksum } = await next;
      const end = offset + body.byteLength;
      // The next slice is read while this one is sent.
      next = end < this.file.size ? this.slice(end) : null;
      if (next) next.catch(() => {});
      const headers = { ...BYTES, "Upload-Offset": String(offset), "Upload-Checksum": `sha256 ${checksum}` };
      if (end === this.file.size) headers["Cleanwater-Digest"] = `sha256-slices;${await this.whole()};${SLICE}`;
      const answer = await this.request(this.url, { method: "PATCH", headers, body });
      offset = Number(answer.headers.get("Upload-Offset"));
      if (offset !== end) throw new Error("The studio has another number of bytes.");
      this.sent = offset;
      progressed();
      this.changed(this);
    }
  }

  /** The bytes from an offset to the end of its slice, with their checksum; also digests the slices before it. */
  async slice(offset) {
    const at = Math.floor(offset / SLICE);
    for (let nth = 0; nth <= at; nth += 1) {
      if (!this.digests[nth]) {
        const whole = await read(this.file, nth * SLICE, Math.min(this.file.size, (nth + 1) * SLICE));
        this.digests[nth] = await crypto.subtle.digest("SHA-256", whole);
        if (nth === at && offset === at * SLICE) return { body: whole, checksum: base64(this.digests[nth]) };
      }
    }
    const body = await read(this.file, offset, Math.min(this.file.size, (at + 1) * SLICE));
    return { body, checksum: base64(await crypto.subtle.digest("SHA-256", body)) };
  }

  /** The SHA-256 of the digests of all slices. */
  async whole() {
    this.digest = hex(await crypto.subtle.digest("SHA-256", await new Blob(this.digests).arrayBuffer()));
    return this.digest;
  }

  /** A response that succeeded. Throws Stopped for a refusal that stays, another error to try again. */
  async request(url, options) {
    const response = await fetch(url, { cache: "no-store", signal: this.abort.signal, ...options })
      .catch(() => { throw new Error("The studio cannot be reached. Trying again."); });
    if (response.ok) return response;
    const said = (await response.text().catch(() => "")).trim() || `The studio answered ${response.status}.`;
    const error = new Error(said);
    if (response.status === 401 || response.status === 403) throw new Stopped(said, true);
    if (response.status === 404 || response.status === 410) {
      if (url === this.url) { this.url = ""; throw new Error("The studio has deleted the first part. It is sent again."); }
    } else if (response.status === 460) {
      error.mismatch = true;
    } else if (response.status === 423 || response.status === 429 || response.status >= 500) {
      error.wait = 1000 * Number(response.headers.get("Retry-After") || 2);
      if (response.status === 507) throw new Stopped(said);
    } else if (response.status !== 409) {
      throw new Stopped(said);
    }
    throw error;
  }
}
