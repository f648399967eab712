/** What people should know or cannot do: what it is, and what helps, which at the command line is not what helps in a page. */
export interface Advised {
  /** Ends without a full stop. */
  problem: string;
  /** Goes on after the problem: `; choose another`, `. Train longer`. */
  advice: { command: string; page: string };
}

/** At the command line. */
export const inCommand = ({ problem, advice }: Advised): string => problem + advice.command;

/** In a page, which has no options and no config file. */
export const inPage = ({ problem, advice }: Advised): string => problem + advice.page;

/** An error whose message is that of the command line; {@link messageInPage} knows the other one. */
export const refusal = <E extends Error>(Kind: new (message: string) => E, advised: Advised): E =>
  Object.assign(new Kind(inCommand(advised)), { advised });

/** What an error says in a page. */
export function messageInPage(error: unknown): string {
  const { advised, message } = error as { advised?: Advised; message?: string };
  return advised ? inPage(advised) : (message ?? String(error));
}
