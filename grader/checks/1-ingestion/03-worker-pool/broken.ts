/** A file of tasks with a mistake: it cannot be loaded. */
throw new RangeError('the file of tasks is broken');

export {};
