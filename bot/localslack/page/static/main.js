// Starts the page: every part redraws itself when the state or the place has changed.
import { updateArrivals } from "./arrivals.js";
import { openFirst, updateConversation } from "./conversation.js";
import { updateInspector } from "./inspector.js";
import { updateModals } from "./modals.js";
import { updateSidebar } from "./sidebar.js";
import { start, store, subscribe } from "./store.js";
import { updateThread } from "./thread.js";
import { updateTopbar } from "./topbar.js";
import { keepsThePage } from "./uploads.js";

// A press is a click only where the button is still the same one when it is let go: nothing is drawn in between.
let isPressed = false;
let isWaiting = false;
addEventListener("pointerdown", () => { isPressed = true; }, true);
for (const end of ["pointerup", "pointercancel", "dragend"]) {
  addEventListener(end, () => setTimeout(() => {
    isPressed = false;
    if (isWaiting) update();
  }), true);
}

function update() {
  isWaiting = isPressed;
  if (isPressed) return;
  document.body.classList.toggle("waiting", !store.state);
  if (!store.state) return;
  if (!store.place.channel) {
    openFirst();
    return;
  }
  updateArrivals();
  updateTopbar();
  updateSidebar();
  updateConversation();
  updateThread();
  updateInspector();
  updateModals();
}

subscribe(update);

const menu = document.getElementById("menu-button");
const sidebar = document.getElementById("sidebar");
const unfold = (open) => {
  menu.setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("menu-open", open);
  if (open) sidebar.querySelector("a")?.focus();
};
menu.addEventListener("click", () => unfold(!document.body.classList.contains("menu-open")));
sidebar.addEventListener("click", (event) => event.target.closest("a") && unfold(false));
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("menu-open")) {
    unfold(false);
    menu.focus();
  }
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  (document.querySelector("#main .composer textarea") || document.getElementById("main")).focus();
});
document.addEventListener("visibilitychange", () => store.state && updateConversation());

keepsThePage();
start();
