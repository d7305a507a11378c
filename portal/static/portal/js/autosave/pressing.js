/* What moves the page waits while a pointer is down: else the button below it moves away before it is let go, and the
   browser makes no click of it. */
export class Pressing {
  constructor() {
    this.down = false;
    this.waiting = [];
    addEventListener("pointerdown", () => (this.down = true), true);
    for (const over of ["pointerup", "pointercancel", "dragend"]) addEventListener(over, () => this.over(), true);
    addEventListener("blur", () => this.over()); // of the window, not of a field in it
    addEventListener("pointermove", (event) => this.down && !event.buttons && this.over(), true); // let go elsewhere
  }

  /* Now, or as soon as the click is over. */
  after(change) {
    if (this.down) this.waiting.push(change);
    else change();
  }

  over() {
    setTimeout(() => this.finish()); // the click comes first
  }

  finish() {
    this.down = false;
    for (const change of this.waiting.splice(0)) change();
  }
}
