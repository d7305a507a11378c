/* One request with typed answers. Resolves to {kind: "saved", told} | {kind: "refused", text} | {kind: "signedOut"} | {kind: "offline"}. */

function cookie(name) {
  return document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

/* What is remarked on the page, so that the server needs to write only what is remarked otherwise by now. */
function remarkedOn(form) {
  const questions = [...form.querySelectorAll("[data-remarks]")].filter((one) => one.dataset.remarks);
  return questions.map((one) => `${one.dataset.question}:${one.dataset.remarks}`).join(" ");
}

/* `language`: of the page that they were typed on; the server reads them in it. */
export async function send(form, drafts, { language, leaving = false }) {
  const body = new URLSearchParams();
  for (const name of ["sheet", "section"]) body.append(name, form.elements[name].value);
  body.append("remarked", remarkedOn(form));
  for (const [code, draft] of Object.entries(drafts)) {
    body.append(`v-${code}`, draft.mark);
    if (draft.take) body.append("take", code);
    for (const [name, value] of draft.entries) body.append(name, value);
  }
  /* the cookie rather than the form: signing in again in another tab makes a new token */
  const token = cookie("__Host-csrftoken") || cookie("csrftoken") || form.elements.csrfmiddlewaretoken.value;
  let answer;
  try {
    answer = await fetch(form.getAttribute(`data-url-${language}`), {
      method: "POST",
      body,
      headers: { "X-CSRFToken": token, Accept: "application/json" },
      redirect: "manual",
      keepalive: leaving,
      signal: leaving ? undefined : AbortSignal.timeout(20000),
    });
    if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 401) return { kind: "signedOut" };
    if (answer.status === 200) return { kind: "saved", told: await answer.json() };
    if (answer.status === 409) return { kind: "refused", text: (await answer.json()).refused };
    if (answer.status >= 400 && answer.status < 500) return { kind: "refused", text: form.dataset.textRefused };
  } catch {
    /* no connection, or an answer that was cut off: try again later */
  }
  return { kind: "offline" };
}
