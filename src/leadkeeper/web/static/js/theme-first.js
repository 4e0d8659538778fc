// Before anything is painted: the theme this browser chose. The one script that is not a module.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage: as the device says.
}
