"use strict";
// Asks the browser for a passkey and sends what it answers with the form (Web Authentication, level 2).
// Options and answers are JSON in which bytes are written as base64url.

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const described = (list) => (list || []).map((known) => ({ ...known, id: bytes(known.id) }));

const PROBLEMS = {
  NotAllowedError: "No passkey was given: it was cancelled, took too long, or this device has none of yours.",
  InvalidStateError: "This device holds a passkey of yours already.",
  SecurityError: "The browser allows no passkeys at this address.",
};

async function made(options) {
  const created = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    },
  });
  const answer = created.response;
  return {
    id: created.id,
    rawId: text(created.rawId),
    type: created.type,
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      attestationObject: text(answer.attestationObject),
      transports: answer.getTransports ? answer.getTransports() : [],
    },
  };
}

async function shown(options) {
  const got = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: described(options.allowCredentials),
    },
  });
  const answer = got.response;
  return {
    id: got.id,
    rawId: text(got.rawId),
    type: got.type,
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature),
      userHandle: answer.userHandle ? text(answer.userHandle) : null,
    },
  };
}

for (const form of document.querySelectorAll("form[data-options]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector("[role=alert]");
    problem.textContent = "";
    if (!window.PublicKeyCredential) {
      problem.textContent = "This browser knows no passkeys.";
      return;
    }
    try {
      const options = JSON.parse(form.dataset.options);
      const answer = options.user ? await made(options) : await shown(options);
      form.elements.answer.value = JSON.stringify(answer);
      form.submit();
    } catch (error) {
      problem.textContent = PROBLEMS[error.name] || `The browser refused: ${error.message}`;
    }
  });
}
