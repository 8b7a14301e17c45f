/**
 * After how many seconds the draft that a message triggered is sent by itself: a whole number from `minSeconds` to
 * `maxSeconds`, the same one for the same message in every process, so that nobody has to store it. Messages are spread
 * over the bounds by a hash of their id. `minSeconds` where `maxSeconds` is no larger.
 */
export function computeChosenDelaySeconds(messageId: string, minSeconds: number, maxSeconds: number): number {
  if (maxSeconds <= minSeconds) return minSeconds;
  return minSeconds + (Math.abs(hashText(messageId)) % (maxSeconds - minSeconds + 1));
}

/**
 * Java's `String.hashCode`: over UTF-16 code units, in signed 32 bits. Nothing is lost on the way: 31 times the largest
 * such number is far below 2^53.
 */
function hashText(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (hash * 31 + text.charCodeAt(index)) | 0;
  return hash;
}
