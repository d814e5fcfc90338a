// In a crowd the form carries a challenge. Working it out takes this browser a
// second or two, while somebody writes, and lets their report go first. Without it
// the report is taken all the same, in its turn.
(async () => {
  const field = document.getElementById("proof");
  if (!field || !self.crypto || !crypto.subtle) return;
  const write = new TextEncoder();
  const zeros = Number(field.dataset.bits);
  const leads = (hash) => Math.clz32(new DataView(hash).getUint32(0)) >= zeros;
  const batch = 128;
  for (let from = 0; ; from += batch) {
    const tried = await Promise.all(Array.from({ length: batch }, (_, i) =>
      crypto.subtle.digest("SHA-256", write.encode(field.dataset.challenge + ":" + (from + i)))));
    const found = tried.findIndex(leads);
    if (found >= 0) {
      field.value = from + found;
      return;
    }
  }
})();
