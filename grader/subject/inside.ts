/** What a driver, which runs inside the subject process, may know of it. */

let directory: string | undefined;

/** Called once by the host, before any driver is loaded. */
export function setStudentDirectory(path: string): void {
  directory = path;
}

/** Folder of the exercise's compiled code. */
export function studentDirectory(): string {
  if (directory === undefined) throw new Error('drivers run inside a subject process only');
  return directory;
}
