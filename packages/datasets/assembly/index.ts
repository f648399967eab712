export { blurColumns, blurRows } from './blur';
export { blendWith, blendWithGrey, invertFrom, mirrorRows, sumOfLumas, turnHue } from './colours';
export { resizeColumns, resizeRows } from './resize';
