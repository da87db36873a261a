/** Hidden checks of exercise 0.4: the scan, the file's accidents, the percentile, the server. The manifest's order. */
import './scanning.ts';
import './files.ts';
import './ranking.ts';
import './serving.ts';
