// Sets theme and language on <html> before the first paint, so that nothing flashes. In: what the person
// chose earlier. Out: two attributes. Deliberately absent: everything else. Next: prefs.js.
(function () {
  try {
    const theme = localStorage.getItem("ponte.theme");
    const lang = localStorage.getItem("ponte.lang");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    if (lang === "en") document.documentElement.lang = "en";
  } catch {
    // Storage may be forbidden; the defaults are fine.
  }
})();
