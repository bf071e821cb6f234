/** The script of the page. It runs in browsers as it stands, so it uses nothing but what all of them have. */
export const CLIENT = `
'use strict';
(() => {
  const setup = JSON.parse(document.getElementById('setup').textContent);
  const { run, head, perField, lastShade, fields } = setup;
  const step = document.getElementById('step');
  const state = document.getElementById('state');
  const spoken = document.getElementById('spoken');
  const pause = document.getElementById('pause');

  // One color for each of 65536 shades, as bytes of a pixel lie in memory.
  const GREY = 0xff808080;
  const tables = setup.colors.map((text) => {
    const colors = text.match(/.{6}/g).map((hex) => {
      const rgb = parseInt(hex, 16);
      return (0xff000000 | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
    });
    const last = colors.length - 1;
    const table = Uint32Array.from({ length: 65536 }, (_, shade) => colors[Math.round((shade / lastShade) * last)] ?? GREY);
    table[65535] = GREY;
    return table;
  });

  const shown = (value, digits = 5) => {
    if (Number.isNaN(value)) return 'not a number';
    if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
    return String(Number(value.toPrecision(digits))).replace('-', '−').replace('e-', 'e−');
  };

  const views = fields.map((field, f) => {
    const [figure] = [document.getElementById('field-' + f)];
    const find = (name) => figure.querySelector('.' + name);
    const canvas = find('picture');
    const context = canvas.getContext('2d');
    const image = context.createImageData(field.nx, field.ny);
    const bar = find('bar').getContext('2d');
    const view = { field, f, canvas, context, image, words: new Uint32Array(image.data.buffer), bar, find, at: undefined };
    canvas.addEventListener('pointermove', (event) => {
      const box = canvas.getBoundingClientRect();
      point(view, ((event.clientX - box.left) / box.width) * field.nx, ((event.clientY - box.top) / box.height) * field.ny);
    });
    canvas.addEventListener('pointerleave', () => leave(view));
    canvas.addEventListener('blur', () => leave(view));
    canvas.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      const stride = event.shiftKey ? 10 : 1;
      const [i, j] = view.at ?? [field.nx >> 1, field.ny >> 1];
      point(view, i + by[0] * stride, j + by[1] * stride);
      spoken.textContent = find('point').textContent;
    });
    return view;
  });

  function point(view, x, y) {
    const within = (value, n) => Math.min(n - 1, Math.max(0, Math.floor(value)));
    view.at = [within(x, view.field.nx), within(y, view.field.ny)];
    tellPoint(view);
  }
  function leave(view) {
    view.at = undefined;
    view.find('point').textContent = '';
  }
  function tellPoint(view) {
    const { at, field, shades, range } = view;
    if (at === undefined || shades === undefined) return;
    const [i, j] = at;
    const shade = shades[j * field.nx + i];
    const value = shade > lastShade ? NaN : range[0] + (shade / lastShade) * (range[1] - range[0]);
    const place = 'x = ' + shown(field.x[i]) + (field.y.length > 1 ? ', y = ' + shown(field.y[field.ny - 1 - j]) : '');
    view.find('point').textContent = place + ': ' + shown(value, 4);
  }

  function paint(buffer) {
    const numbers = new Float64Array(buffer, 0, head + perField * fields.length);
    const [number, stepNumber, time] = numbers;
    for (const view of views) {
      const { field, f, words } = view;
      const [least, most, from, to, name] = numbers.subarray(head + perField * f);
      view.shades = new Uint16Array(buffer, field.pixels, field.nx * field.ny);
      view.range = [from, to];
      const table = tables[name];
      for (let i = 0; i < words.length; i++) words[i] = table[view.shades[i]];
      view.context.putImageData(view.image, 0, 0);
      if (view.colors !== name) {
        view.colors = name;
        const strip = view.bar.createImageData(256, 1);
        const colors = new Uint32Array(strip.data.buffer);
        for (let i = 0; i < 256; i++) colors[i] = table[Math.round((i / 255) * lastShade)];
        view.bar.putImageData(strip, 0, 0);
      }
      view.find('from').textContent = shown(from);
      view.find('to').textContent = shown(to);
      const range = least > most ? 'no finite value' : 'from ' + shown(least) + ' to ' + shown(most);
      view.find('range').textContent = range;
      view.canvas.setAttribute('aria-label', field.name + ' at step ' + stepNumber + ', ' + range);
      tellPoint(view);
    }
    step.textContent = shown(stepNumber) + (Number.isNaN(time) ? '' : ', time ' + shown(time));
    drawn = number;
    document.documentElement.dataset.frame = String(number);
  }

  let newest = 0;
  let drawn = 0;
  let isBusy = false;
  let isPaused = false;
  let hasEnded = false;
  let wake = () => {};
  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
  };
  const refresh = () => new Promise((resolve) => {
    wake = resolve;
    requestAnimationFrame(resolve);
  });

  // The page asks for a frame when it has drawn the one before: a slow browser sees fewer.
  async function update() {
    if (isBusy) return;
    isBusy = true;
    try {
      while (drawn < newest && !isPaused) {
        const response = await fetch('frame', { cache: 'no-store' });
        if (!response.ok) break;
        paint(await response.arrayBuffer());
        if (!hasEnded) await refresh();
      }
    } catch {
      // The event stream notices too.
    }
    isBusy = false;
    if (hasEnded) events.close();
  }

  const events = new EventSource('events');
  const hear = ({ data }) => {
    const [from, number] = data.split(' ');
    if (from !== run) return location.reload();
    newest = Number(number);
    update();
  };
  events.onopen = () => say('Live');
  events.onerror = () => say(hasEnded ? 'Finished' : 'Not connected: waiting for the program');
  events.onmessage = hear;
  events.addEventListener('end', (event) => {
    hasEnded = true;
    say('Finished');
    wake();
    hear(event);
  });
  pause.addEventListener('click', () => {
    isPaused = !isPaused;
    pause.setAttribute('aria-pressed', String(isPaused));
    update();
  });
})();
`;
