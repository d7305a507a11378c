/* What was typed and is not saved yet, kept on this device per person and questionnaire: { code: {entries, mark} }. */
export class Drafts {
  constructor(key) {
    this.key = key;
  }

  all() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? {};
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
      if (Object.keys(drafts).length) localStorage.setItem(this.key, JSON.stringify(drafts));
      else localStorage.removeItem(this.key);
    } catch {
      /* storage is full or forbidden: the page itself still holds what was typed */
    }
  }
}
