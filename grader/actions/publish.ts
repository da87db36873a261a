/** `craft publish`, for instructors: only a clone has the solutions that it publishes. */
import type { PublishJson } from '../core/publication.ts';
import { type PublishOptions, publishCourse as publish } from '../instructor/publish/publish.ts';
import type { Place } from './session.ts';

export type PublishingOptions = Omit<PublishOptions, 'cwd' | 'source' | 'prove'>;

export async function publishCourse(place: Place, options: PublishingOptions): Promise<PublishJson> {
  return publish({ ...options, cwd: place.cwd });
}
