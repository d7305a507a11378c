// Passkeys. A form says with data-passkey what it needs: "create" or "get". The options come with it (data-options) or
// are asked for (data-options-url); the browser's answer goes into its hidden field `credential`, and the form is sent.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function decoded(options) {
  const known = (list) => (list || []).map((item) => ({ ...item, id: toBytes(item.id) }));
  const found = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) found.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) found.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) found.allowCredentials = known(options.allowCredentials);
  return found;
}

function encoded(credential) {
  const answer = credential.response;
  const response = { clientDataJSON: toText(answer.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (answer[name]) response[name] = toText(answer[name]);
  if (answer.getTransports) response.transports = answer.getTransports();
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options).publicKey;
  const response = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()).request_options.publicKey;
}

async function ask(form) {
  const publicKey = decoded(await optionsOf(form));
  if (form.dataset.passkey === "get") return navigator.credentials.get({ publicKey });
  publicKey.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  };
  return navigator.credentials.create({ publicKey });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const button = form.querySelector("[data-passkey-button]");
  const failed = form.querySelector("[data-passkey-failed]");
  form.querySelector("[data-passkey-absent]").hidden = true;
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = button.disabled = true; // while the browser asks
    try {
      form.elements.credential.value = JSON.stringify(encoded(await ask(form)));
      form.submit();
    } catch {
      failed.hidden = button.disabled = false;
    }
  });
}
