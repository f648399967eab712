import { byId } from '../page/elements.js';
import { attempt } from '../page/message.js';
import { decodedSize } from '../pictures/picture-limits.js';
import { type GivenPicture, pixelsOf } from '../pictures/read-picture.js';

/** Pictures from the camera. Its picture stays in this page, as everything does. */
export function startCamera(take: (picture: GivenPicture) => unknown): void {
  const video = byId<HTMLVideoElement>('camera-video');
  let stream: MediaStream | undefined;
  const close = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    byId('camera-box').hidden = true;
  };
  byId('camera').onclick = () =>
    attempt(async () => {
      if (!navigator.mediaDevices) throw new Error('This page has no camera: serve it over https or from localhost.');
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }).catch((error: Error) => {
        throw new Error(
          error.name === 'NotAllowedError' ? 'The camera was not allowed; allow it in the settings of this page.' : 'No camera was found.',
        );
      });
      video.srcObject = stream;
      byId('camera-box').hidden = false;
      await video.play();
    });
  byId('camera-take').onclick = () =>
    attempt(() => {
      const { width, height } = decodedSize('The picture', { width: video.videoWidth, height: video.videoHeight });
      take({ name: 'camera', picture: pixelsOf(video, width, height) });
      close();
    });
  byId('camera-close').onclick = close;
}
