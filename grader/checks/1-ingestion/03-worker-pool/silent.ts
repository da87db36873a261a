/** A file without tasks: it never calls serve, so the thread has nothing to wait for and ends. */
export {};
