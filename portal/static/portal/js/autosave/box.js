/* Encrypts what a page leaves in the browser, with keys that come with the page and are kept nowhere (AES-GCM). Who
   reads the storage without being signed in as the same person, reads nothing. Without keys, or on a page that came
   without TLS, where browsers offer no encryption, there is no box, and nothing is kept. */
const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const PIECE = 0x8000; // a function takes only so many arguments
function toText(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}
const inUtf8 = (text) => new TextEncoder().encode(text);

export class Box {
  #keys;

  /* `keys`: words of base64url; the first one encrypts, each may read. Resolves to a box, or null. */
  static async open(keys) {
    if (!keys || !globalThis.crypto?.subtle) return null;
    const box = new Box();
    const usages = ["encrypt", "decrypt"];
    box.#keys = await Promise.all(keys.split(" ").map((key) => crypto.subtle.importKey("raw", toBytes(key), "AES-GCM", false, usages)));
    return box;
  }

  /* `name` says where it is kept: it can be read from there only. */
  async seal(name, text) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const how = { name: "AES-GCM", iv, additionalData: inUtf8(name) };
    const data = await crypto.subtle.encrypt(how, this.#keys[0], inUtf8(text));
    return { iv: toText(iv), data: toText(data) };
  }

  /* What was sealed, or null when none of the keys opens it. */
  async unseal(name, sealed) {
    for (const key of this.#keys) {
      try {
        const how = { name: "AES-GCM", iv: toBytes(sealed.iv), additionalData: inUtf8(name) };
        return new TextDecoder().decode(await crypto.subtle.decrypt(how, key, toBytes(sealed.data)));
      } catch {
        /* the next key */
      }
    }
    return null;
  }
}
