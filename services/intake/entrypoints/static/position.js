// Offers "use my position" where the browser can tell it; the form works without.
(() => {
  const button = document.getElementById("position-button");
  const said = document.getElementById("position-said");
  const lat = document.getElementById("lat");
  const lon = document.getElementById("lon");
  if (!button || !navigator.geolocation) return;
  const show = () => {
    const known = lat.value !== "" && lon.value !== "";
    button.textContent = known ? button.dataset.remove : button.dataset.add;
    said.textContent = known ? said.dataset.known : "";
  };
  button.parentElement.hidden = false;
  button.addEventListener("click", () => {
    if (lat.value !== "") {
      lat.value = lon.value = "";
      show();
      return;
    }
    said.textContent = said.dataset.waiting;
    navigator.geolocation.getCurrentPosition(
      (position) => {
        lat.value = position.coords.latitude.toFixed(6);
        lon.value = position.coords.longitude.toFixed(6);
        show();
      },
      () => { said.textContent = said.dataset.failed; },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
  show();
})();
