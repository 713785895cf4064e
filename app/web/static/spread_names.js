// Names beside points that stand close together.

const STEPS = [0, -1, 1, -2, 2]; // heights of a name, up or down

/** Move drawn names up or down until none covers another, the first ones first. One that finds no
 *  room is left out: its point still has a title, and the table beside the picture has it too. */
export function spreadNames(names) {
  const taken = [];
  for (const name of names) {
    const { x, y, width, height } = name.getBBox();
    const isFree = (top) => taken.every((other) => (
      x + width <= other.x || other.x + other.width <= x || top + height <= other.y || other.y + other.height <= top));
    const step = STEPS.find((each) => isFree(y + each * height));
    if (step === undefined) {
      name.remove();
      continue;
    }
    name.setAttribute('y', Number(name.getAttribute('y')) + step * height);
    taken.push({ x, y: y + step * height, width, height });
  }
}
