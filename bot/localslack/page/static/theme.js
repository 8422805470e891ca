// Chooses light or dark before anything is drawn: what was switched to, else what the system prefers.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const system = () => (dark.matches ? "dark" : "light");
  const apply = () => { document.documentElement.dataset.theme = localStorage.getItem("theme") || system(); };
  // Whoever switches back to what the system prefers follows the system again.
  const toggle = () => {
    const wanted = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    if (wanted === system()) localStorage.removeItem("theme");
    else localStorage.setItem("theme", wanted);
    apply();
  };
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("theme", toggle);
  apply();
})();
