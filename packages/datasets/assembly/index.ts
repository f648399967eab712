export { blurColumns, blurRows } from './blur';
export { blendWith, blendWithGray, invertFrom, mirrorRows, sumOfLumas, turnHue } from './colors';
export { resizeColumns, resizeRows } from './resize';
