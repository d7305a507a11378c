/* Saves answers while one types. The page works without this file; with it, nothing typed waits for a button.

   What is typed goes to this device's storage at once and to the server within a second; it leaves the storage when the
   server says that it is stored. Without a connection or a session it stays in the page and in the storage, the page says
   so, and sending is tried again. In the storage it is encrypted for this person and ends after two weeks; where nothing
   can be kept there, the page says that it holds the only copy and asks before it is left. A colleague's
   answer is never overwritten: then both are shown. Until one chooses, the question keeps the mark that it was sent
   with, so that sending it again is a conflict again, and its text stays on this device.

   A number means something else in another language: "1.250". What was typed on a page in the other language is never
   put into this one. It is sent to where it was typed to be sent, and this page is fetched anew with what it came to. */
import { Box } from "./autosave/box.js";
import { Drafts, storageOf } from "./autosave/drafts.js";
import { clearRemarks, entriesOf, fill, markOf, showRemarks } from "./autosave/fields.js";
import { Pressing } from "./autosave/pressing.js";
import { send } from "./autosave/sending.js";
import { showSummary } from "./autosave/summary.js";

const TYPING = 900;
const LEFT = 80;
const RECENT = 15000;
const UNSENT = 14 * 24 * 3600 * 1000;
const RETRY = [2000, 4000, 8000, 15000, 30000];

class Autosave {
  constructor(form) {
    this.form = form;
    this.text = (name) => form.dataset[`text${name}`] ?? "";
    this.language = document.documentElement.lang;
    this.drafts = new Drafts(form.dataset.store, storageOf("localStorage"), UNSENT);
    this.stored = new Drafts(form.dataset.store, storageOf("sessionStorage"), RECENT);
    this.waiting = {};
    this.deferred = new Map();
    this.summary = null;
    this.behind = false;
    this.tries = 0;
    this.running = null;
    this.pressing = new Pressing();
    this.listen();
    this.begin();
  }

  async begin() {
    const box = await Box.open(this.form.dataset.keys).catch(() => null);
    await Promise.all([this.drafts.load(box), this.stored.load(box)]);
    this.catchUp();
    this.restore();
  }

  question(code) {
    return this.form.querySelector(`[data-question="${CSS.escape(code)}"]`);
  }

  listen() {
    this.form.addEventListener("input", (event) => this.typed(event, TYPING));
    this.form.addEventListener("change", (event) => this.typed(event, LEFT));
    this.form.addEventListener("focusout", (event) => this.left(event));
    this.form.addEventListener("submit", (event) => this.submit(event));
    addEventListener("online", () => this.soon(0));
    addEventListener("pagehide", () => this.leave());
    addEventListener("beforeunload", (event) => this.guard(event));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.leave() : this.soon(LEFT)));
  }

  typed(event, delay) {
    const question = event.target.closest("[data-question]");
    if (!question || event.target.hasAttribute("data-mark")) return;
    for (const absent of question.querySelectorAll('input[name^="na-"]')) {
      const other = event.target.name !== absent.name ? event.target.value : event.target.checked;
      if (event.target !== absent && event.type === "input" && other) absent.checked = false;
    }
    this.keep(question);
    this.soon(delay);
  }

  keep(question) {
    const code = question.dataset.question;
    const draft = this.draftOf(question);
    this.drafts.put(code, draft);
    if (conflictAt(question)) return;
    this.waiting[code] = draft;
    this.say(question, "", this.text("Typed"));
  }

  draftOf(question) {
    return { entries: entriesOf(question), mark: markOf(question).value, language: this.language };
  }

  left(event) {
    const question = event.target.closest("[data-question]");
    if (!question || question.contains(event.relatedTarget)) return;
    this.pressing.after(() => {
      const html = this.deferred.get(question.dataset.question);
      if (html !== undefined) this.remark(question, html);
      this.summarize();
    });
    if (this.waiting[question.dataset.question]) this.soon(LEFT);
  }

  soon(delay) {
    clearTimeout(this.timer);
    if (Object.keys(this.waiting).length) this.timer = setTimeout(() => this.flush(), delay);
  }

  /* Sends all that waits, one request at a time; resolves to the last outcome. */
  flush() {
    this.running ??= this.sendAll().finally(() => (this.running = null));
    return this.running;
  }

  async sendAll() {
    let outcome = { kind: "saved", told: null };
    clearTimeout(this.timer);
    while (Object.keys(this.waiting).length && outcome.kind === "saved") {
      const [language, batch] = this.byLanguage()[0];
      this.sayPage("", this.text("Saving"));
      outcome = await send(this.form, batch, { language });
      if (outcome.kind !== "saved") this.failed(batch, outcome);
      else if (language === this.language) this.saved(batch, outcome.told);
      else this.savedElsewhere(batch, outcome.told);
    }
    if (this.behind && outcome.kind === "saved") location.replace(`${location.pathname}?saved=1`);
    return outcome;
  }

  /* What waits, as [language, drafts] each; this page's own come first. */
  byLanguage() {
    const found = { [this.language]: {} };
    for (const [code, draft] of Object.entries(this.waiting)) (found[draft.language] ??= {})[code] = draft;
    return Object.entries(found).filter(([, drafts]) => Object.keys(drafts).length);
  }

  isForeign(draft) {
    return draft.language !== this.language;
  }

  saved(batch, told) {
    this.tries = 0;
    const words = this.text("Saved").replace("%(time)s", told.time);
    for (const code of Object.keys(batch)) {
      const question = this.question(code);
      const newer = this.waiting[code] !== batch[code];
      this.explained(question, told.reasons?.[code], [batch[code], this.waiting[code]]);
      if (told.unkept?.[code]) this.unkept(code, question, told.unkept[code], newer);
      else if (told.conflicts.includes(code)) this.conflict(code, question);
      else if (newer) this.waiting[code].mark = told.marks[code] ?? this.waiting[code].mark;
      else this.settled(code, question, told.noted?.[code] ?? words, { ...batch[code], base: batch[code].mark, mark: told.marks[code] ?? batch[code].mark });
      if (question && told.marks[code]) markOf(question).value = told.marks[code];
      if (question && !newer && batch[code].take && told.html[code]) this.taken(question, told.html[code]);
    }
    for (const code of told.merged ?? []) this.merge(this.question(code), batch[code], told);
    if (Object.keys(told.unkept ?? {}).length) this.sayPage("failed", this.text("Refused"));
    else this.sayPage(told.conflicts.length ? "conflict" : "saved", told.conflicts.length ? this.text("Conflict") : words);
    document.body.dispatchEvent(new Event("answers-saved")); // the preview of where one would stand listens
    this.pressing.after(() => this.show(told));
  }

  /* What else there is to say now, and which questions are asked. */
  show(told) {
    for (const place of this.form.querySelectorAll("[data-computed]")) place.textContent = told.computed?.[place.dataset.computed] ?? place.textContent;
    for (const question of this.form.querySelectorAll("[data-question]")) {
      const code = question.dataset.question;
      if (told.same?.includes(code)) this.deferred.delete(code); // it says already what there is to say
      else this.remarkLater(question, told.html[code] ?? "");
    }
    this.route(told);
    this.summary = told.summary;
    this.summarize();
  }

  /* Typed on a page in another language: what the server writes is in that language, so this page is behind. */
  savedElsewhere(batch, told) {
    this.tries = 0;
    const words = this.text("Saved").replace("%(time)s", told.time);
    this.sayPage(told.conflicts.length ? "conflict" : "saved", told.conflicts.length ? this.text("Conflict") : words);
    for (const code of Object.keys(batch)) {
      if (this.waiting[code] !== batch[code]) continue; // typed anew here, on what is shown here: that may be asked
      const question = this.question(code);
      if (told.conflicts.includes(code)) this.conflict(code, question);
      else {
        this.settled(code, question, words, { ...batch[code], mark: told.marks[code] });
        if (question && versionIn(markOf(question).value) !== versionIn(told.marks[code])) this.behind = true;
      }
    }
  }

  /* Cells that a colleague filled in meanwhile, beside the own ones; what was typed since then stays. */
  merge(question, sent, told) {
    if (!question || !sent || !told.html[codeOf(question)]) return;
    const made = new DOMParser().parseFromString(told.html[codeOf(question)], "text/html").querySelector("[data-question]");
    const was = Object.fromEntries(sent.entries);
    const [now, fresh] = [entriesOf(question), Object.fromEntries(entriesOf(made))];
    fill(question, now.map(([name, value]) => [name, value === was[name] && name in fresh ? fresh[name] : value]));
    const waiting = this.waiting[codeOf(question)];
    if (waiting) waiting.entries = entriesOf(question);
    else if (told.conflicts.includes(codeOf(question))) this.drafts.put(codeOf(question), this.draftOf(question));
  }

  /* The field of a reason goes with which reason was seen there: now the one that was stored. */
  explained(question, mark, drafts) {
    const field = question?.querySelector("[data-reason-mark]");
    if (!field || mark === undefined) return;
    field.value = mark;
    for (const entry of drafts.flatMap((draft) => draft?.entries ?? [])) if (entry[0] === field.name) entry[1] = mark;
  }

  /* A reason that is too long: the answer is stored, the reason stays on this device. */
  unkept(code, question, words, newer) {
    if (!newer) delete this.waiting[code];
    if (question) this.say(question, "failed", words);
  }

  settled(code, question, words, draft) {
    delete this.waiting[code];
    this.stored.put(code, { ...draft, at: Date.now() });
    this.drafts.remove(code);
    if (question) this.say(question, "saved", words);
  }

  conflict(code, question) {
    delete this.waiting[code];
    if (question) this.say(question, "conflict", this.text("Conflict"));
  }

  failed(batch, outcome) {
    for (const code of Object.keys(batch)) {
      const question = this.question(code);
      if (question) this.say(question, "failed", this.text("Typed"));
    }
    if (outcome.kind === "refused") return this.sayPage("failed", outcome.text);
    this.sayPage("failed", this.textFor(Object.keys(batch), outcome.kind === "signedOut" ? "Signedout" : "Offline"));
    if (outcome.kind === "signedOut") this.offerSignIn();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), RETRY[Math.min(this.tries++, RETRY.length - 1)]);
  }

  offerSignIn() {
    const link = document.createElement("a");
    link.href = this.form.dataset.signIn;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = this.text("Signin");
    this.form.querySelector("[data-save-state-page]").append(" ", link);
  }

  /* Shows and hides follow-up questions; where two answers wait for a choice, the question stays. */
  route(told) {
    this.added = [];
    for (const question of this.form.querySelectorAll("[data-question]")) {
      const due = told.due.includes(question.dataset.question);
      if (due && question.hidden) this.added.push(question);
      question.hidden = !due && !conflictAt(question);
    }
    if (this.added.length) document.getElementById("announce").textContent = this.text("Added");
    this.form.querySelector("[data-progress]").textContent = told.progress;
  }

  /* Remarks wait until one has left the question: an unfinished sum is no mistake yet. */
  remarkLater(question, html) {
    const inside = question.contains(document.activeElement) && document.activeElement.matches("input[type=text], textarea");
    if (inside && !html.includes("data-conflict")) this.deferred.set(question.dataset.question, html);
    else this.remark(question, html);
  }

  /* The list at the top says what the questions say: nothing yet of one that one is typing in. */
  summarize() {
    if (this.summary === null) return;
    const codes = [...this.form.querySelectorAll("[data-question]")].map((question) => question.dataset.question);
    const typing = (code) => this.deferred.has(code);
    const choose = (code) => this.undecided().includes(this.question(code));
    const isNew = showSummary(document.querySelector("[data-errors]"), this.summary, codes, typing, choose);
    if (isNew) document.getElementById("announce").textContent = this.text("Listed");
  }

  remark(question, html) {
    this.deferred.delete(question.dataset.question);
    if (html) showRemarks(question, html);
    else if (!conflictAt(question)) clearRemarks(question);
  }

  /* A sentence says "kept on this device" only of what is; otherwise its twin tells that the page holds the only copy. */
  textFor(codes, name) {
    return this.text(this.drafts.keeps(codes) ? name : `${name}here`);
  }

  /* What is in this page and nowhere else, and could not be sent: leaving loses it. */
  guard(event) {
    const codes = [...Object.keys(this.waiting), ...this.undecided().map(codeOf)];
    const stuck = this.tries > 0 || this.undecided().length;
    if (stuck && !this.passing && !this.drafts.keeps(codes)) event.preventDefault();
  }

  say(question, state, words) {
    tell(question.querySelector("[data-save-state]"), state, words);
  }

  sayPage(state, words) {
    tell(this.form.querySelector("[data-save-state-page]"), state, words);
  }

  /* A reload may fetch the page just before an answer is stored: then the page shows what was there before it. */
  catchUp() {
    for (const [code, draft] of Object.entries(this.stored.all())) {
      const question = this.question(code);
      if (Date.now() - draft.at > RECENT) this.stored.remove(code);
      else if (question && !this.isForeign(draft) && !this.waiting[code] && markOf(question).value === draft.base) {
        fill(question, draft.entries);
        markOf(question).value = draft.mark;
      }
    }
  }

  /* What an earlier visit typed and could not send: back into the page, and sent. */
  restore() {
    let put = false;
    for (const question of this.undecided()) {
      const draft = this.drafts.all()[question.dataset.question];
      if (draft && !draft.take && !this.isForeign(draft)) fill(question, draft.entries);
      this.keep(question);
      this.say(question, "conflict", this.text("Conflict"));
    }
    for (const [code, draft] of Object.entries(this.drafts.all())) {
      const question = this.question(code);
      if (this.waiting[code] || (question && conflictAt(question))) continue; // typed since this page came, or asked
      if (this.isForeign(draft)) {
        this.waiting[code] = draft;
        if (question) this.say(question, "", this.text("Typed"));
        continue;
      }
      if (question && !draft.take && JSON.stringify(entriesOf(question)) === JSON.stringify(draft.entries)) {
        this.drafts.remove(code);
        continue;
      }
      this.waiting[code] = draft;
      if (!question) continue;
      fill(question, draft.entries);
      markOf(question).value = draft.mark; // of what was seen then: a colleague may have answered since
      this.say(question, "", this.text("Typed"));
      put = true;
    }
    if (put) document.querySelector("[data-restored]").hidden = false;
    this.soon(LEFT);
  }

  async submit(event) {
    const button = event.submitter;
    if (this.passing) return;
    this.pressing.finish();
    event.preventDefault();
    if (button?.hasAttribute("data-keep")) return this.keepMine(button);
    if (button?.hasAttribute("data-take")) return this.takeOver(this.question(button.value));
    this.added = [];
    const outcome = await this.flush();
    if (outcome.kind !== "saved") return;
    if (button?.hasAttribute("data-theirs")) this.drafts.remove(button.value);
    else if (this.stays(button, outcome.told)) return;
    await new Promise((resume) => setTimeout(resume)); // a form ignores requests while its own submit event goes on
    this.passing = true;
    this.form.requestSubmit(button);
    this.passing = false;
  }

  /* Whether something on this page has to be seen before going on; it gets the focus. */
  stays(button, told) {
    const [undecided] = this.undecided();
    if (undecided) this.sayPage("conflict", this.textFor(this.undecided().map(codeOf), "Choose"));
    if (button?.value === "stay") return true;
    for (const [code, html] of this.deferred) this.remark(this.question(code), html);
    this.summarize();
    /* the notice rather than its first button, which a second Enter would press */
    if (undecided) conflictAt(undecided).focus();
    if (undecided) return true;
    const look = (told?.unread ?? []).map((code) => this.question(code)).concat(this.added).find(Boolean);
    look?.querySelector("input:not([type=hidden]), textarea, select").focus();
    return Boolean(look);
  }

  undecided() {
    return [...this.form.querySelectorAll("[data-question]")].filter(conflictAt);
  }

  /* The button holds the mark of the other answer: now it has been seen, and may be replaced. */
  keepMine(button) {
    const question = button.closest("[data-question]");
    const reason = button.name.startsWith("keepwhy-") && question.querySelector("[data-reason-mark]");
    (reason || markOf(question)).value = button.value;
    conflictAt(question).remove();
    this.keep(question);
    this.soon(0);
  }

  /* Last round's answer: the server knows it and sends the question back with it filled in. */
  takeOver(question) {
    this.keep(question);
    const waiting = this.waiting[question.dataset.question];
    if (!waiting) return;
    waiting.take = true;
    this.drafts.put(question.dataset.question, waiting);
    this.soon(0);
  }

  taken(question, html) {
    const made = new DOMParser().parseFromString(html, "text/html").querySelector("[data-question]");
    fill(question, entriesOf(made));
    const button = question.querySelector("[data-take-over]");
    const focused = button?.contains(document.activeElement);
    if (button && !made.querySelector("[data-take-over]")) this.pressing.after(() => button.remove());
    if (focused) question.querySelector("input:not([type=hidden]), textarea, select").focus();
  }

  leave() {
    if (this.running) return;
    for (const [language, drafts] of this.byLanguage()) send(this.form, drafts, { language, leaving: true });
  }
}

const versionIn = (mark) => mark?.split(".")[0];
const codeOf = (question) => question.dataset.question;
const conflictAt = (question) => question.querySelector("[data-conflict]");

function tell(place, state, words) {
  place.dataset.state = state;
  if (place.textContent !== words) place.textContent = words;
}

for (const form of document.querySelectorAll("form[data-autosave]")) form.autosave = new Autosave(form);
