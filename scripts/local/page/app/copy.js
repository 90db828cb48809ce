const said = document.getElementById('said');

/** Puts text on the clipboard and says so, at the button and aloud. */
export async function copy(text, button, saying) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers keep the clipboard from pages that are neither https nor local.
    window.prompt('Copy this:', text);
    return;
  }
  said.textContent = saying;
  button.classList.add('copied');
  setTimeout(() => button.classList.remove('copied'), 1600);
}
