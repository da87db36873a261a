/** The last step of `npm run build`: lessons and hints are read once here, and not by every `craft next`. */
import { loadCurriculum, readHints, readLesson } from '../curriculum/index.ts';
import { readAhead } from '../report/markdown.ts';

const texts = loadCurriculum().exercises.flatMap((exercise) => {
  const { levels, checks } = readHints(exercise);
  return [readLesson(exercise), ...levels, ...checks.values()];
});
await readAhead(texts);
