/** Light, dark, or as the system wants it; on paper always light and unfolded. */

const choices = ['automatic', 'light', 'dark'] as const;
type Choice = (typeof choices)[number];

const button = document.getElementById('theme');
let chosen = choices.find((choice) => choice === stored()) ?? 'automatic';
/** What was folded before printing. */
let folded: HTMLDetailsElement[] = [];

/** Browsers may refuse a file its storage: then the choice lasts as long as the page. */
function stored(choice?: Choice): string | null {
  try {
    if (choice !== undefined) localStorage.setItem('craft-theme', choice);
    return localStorage.getItem('craft-theme');
  } catch {
    return null;
  }
}

/** The charts listen for the event and take the new colours. */
function apply(choice: Choice): void {
  if (choice === 'automatic') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  document.dispatchEvent(new Event('craft-theme'));
}

function label(): void {
  if (button !== null) button.textContent = `Theme: ${chosen}`;
}

button?.removeAttribute('hidden');
button?.addEventListener('click', () => {
  chosen = choices[(choices.indexOf(chosen) + 1) % choices.length] ?? 'automatic';
  stored(chosen);
  label();
  apply(chosen);
});
addEventListener('beforeprint', () => {
  folded = [...document.querySelectorAll('details')].filter(({ open }) => !open);
  for (const details of folded) details.open = true;
  apply('light');
});
addEventListener('afterprint', () => {
  for (const details of folded) details.open = false;
  apply(chosen);
});
label();
apply(chosen);

// Makes this a module: its names are its own.
export {};
