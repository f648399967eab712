import type { CApi } from './c-api.js';

/** TensorFlow's answer to a call (`TF_Status`): it throws what went wrong. */
export class Status {
  readonly pointer: number;

  constructor(private readonly c: CApi) {
    this.pointer = c.TF_NewStatus();
  }

  /** Throws TensorFlow's message if the last call with this status failed. */
  check(what: string): void {
    const code = this.c.TF_GetCode(this.pointer);
    if (code !== 0) throw new Error(`${what}: ${this.c.TF_Message(this.pointer)} (TensorFlow error ${code})`);
  }

  delete(): void {
    this.c.TF_DeleteStatus(this.pointer);
  }
}
