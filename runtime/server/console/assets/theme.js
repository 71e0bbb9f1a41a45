// Runs before the page is drawn, so that a chosen scheme does not flash. The choice is not a secret.
(function () {
  let chosen = null;
  try {
    chosen = localStorage.getItem("berth.theme");
  } catch {
    // Storage may be switched off; then the system's scheme holds.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
