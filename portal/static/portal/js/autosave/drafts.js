/* What was typed, kept per person, questionnaire and question, encrypted (box.js) and with an end: { until, iv, data }.
   Unsent text goes to localStorage, which outlives the browser; what was just stored to sessionStorage, which ends with
   the tab. Reading is from memory; each question is an item of its own, so that two tabs keep theirs apart. What cannot
   be written (no encryption without TLS, storage that is full or forbidden) stays in the page: `keeps` tells. */
export const ANSWERS = "portal-answers-";

/* The browser's storage; where it forbids even asking for it, one in which nothing stays. */
export function storageOf(name) {
  try {
    return globalThis[name];
  } catch {
    const setItem = () => {
      throw new Error("forbidden");
    };
    return { getItem: () => null, setItem, removeItem() {} };
  }
}

export const keysOf = (storage, prefix) => Object.keys(storage).filter((key) => key.startsWith(prefix));

export class Drafts {
  #drafts = {};
  #written = {};
  #kept = new Set();
  #box = null;

  /* `keep`: milliseconds. */
  constructor(key, storage, keep) {
    this.prefix = `${key}-`;
    this.storage = storage;
    this.keep = keep;
  }

  /* Bring back what is kept; what was typed meanwhile is newer. */
  async load(box) {
    this.#box = box;
    const found = box ? await Promise.all(keysOf(this.storage, this.prefix).map((name) => this.#read(name))) : [];
    const typed = Object.keys(this.#drafts);
    for (const [code, draft] of found.filter(Boolean)) {
      if (code in this.#written) continue;
      this.#drafts[code] = draft;
      this.#kept.add(code);
    }
    for (const code of typed) this.#write(code);
  }

  all() {
    return { ...this.#drafts };
  }

  /* Whether the drafts of these questions are in the storage, for when the page is gone. */
  keeps(codes) {
    return codes.every((code) => this.#kept.has(code));
  }

  put(code, draft) {
    this.#drafts[code] = draft;
    this.#write(code);
  }

  remove(code) {
    delete this.#drafts[code];
    this.#written[code] = null;
    this.#kept.delete(code);
    this.storage.removeItem(this.prefix + code);
  }

  async #read(name) {
    const kept = parsed(this.storage.getItem(name));
    const text = isOver(kept) ? null : await this.#box.unseal(name, kept);
    return text && [name.slice(this.prefix.length), JSON.parse(text)];
  }

  async #write(code) {
    const draft = this.#drafts[code];
    this.#written[code] = draft;
    if (!this.#box) return;
    const name = this.prefix + code;
    try {
      const sealed = await this.#box.seal(name, JSON.stringify(draft));
      if (this.#written[code] !== draft) return; // something newer is on its way, or it is gone
      this.storage.setItem(name, JSON.stringify({ until: Date.now() + this.keep, ...sealed }));
      this.#kept.add(code);
    } catch {
      /* storage is full or forbidden: the page itself still holds what was typed, and older text must not come back */
      if (this.#written[code] !== draft) return;
      this.storage.removeItem(name);
      this.#kept.delete(code);
    }
  }
}

/* Every page clears away what is past its time, whoever typed it. */
export function dropExpired() {
  for (const storage of [storageOf("localStorage"), storageOf("sessionStorage")])
    for (const name of keysOf(storage, ANSWERS)) if (isOver(parsed(storage.getItem(name)))) storage.removeItem(name);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isOver = (kept) => !(kept?.until > Date.now());
