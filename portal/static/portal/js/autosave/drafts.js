/* What was typed, kept per person and questionnaire: { code: {entries, mark} }. Unsent text goes to localStorage, which
   outlives the browser; what was just stored to sessionStorage, which ends with the tab. */
export class Drafts {
  constructor(key, storage) {
    this.key = key;
    this.storage = storage;
  }

  all() {
    try {
      return JSON.parse(this.storage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }

  put(code, draft) {
    this.#write({ ...this.all(), [code]: draft });
  }

  remove(code) {
    const { [code]: _gone, ...rest } = this.all();
    this.#write(rest);
  }

  #write(drafts) {
    try {
      if (Object.keys(drafts).length) this.storage.setItem(this.key, JSON.stringify(drafts));
      else this.storage.removeItem(this.key);
    } catch {
      /* storage is full or forbidden: the page itself still holds what was typed */
    }
  }
}
