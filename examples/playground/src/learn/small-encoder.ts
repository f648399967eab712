import url from '../../../pipelines/weights/shapes-encoder.safetensors?url';

/** The small encoder that comes along, pretrained on classifying Shapes. */
export async function smallEncoder(): Promise<{ name: string; bytes: Uint8Array }> {
  const response = await fetch(url);
  return { name: 'shapes-encoder.safetensors', bytes: new Uint8Array(await response.arrayBuffer()) };
}
