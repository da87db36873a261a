/** A report in which no text can harm who reads it, whatever made it. */
import type {
  GradedCheck,
  GradedGate,
  GradedStudent,
  GradedSubmission,
  GradeRecord,
  GradeReport,
} from '../../core/grading.ts';
import { messageBytes, plain, plainLine } from './plain.ts';

/** Of all messages about one student, bytes: twice as much, with what stands around it, still is below 1 MB. */
const studentBytes = 256 * 1024;

/** Every text cleaned and cut: messages to 8 KiB, those of one student together to 256 KiB, all else to a line. */
export function safeReport(report: GradeReport): GradeReport {
  return {
    ...report,
    course: plainLine(report.course),
    ...(report.tierReason === undefined ? {} : { tierReason: plain(report.tierReason) }),
    exercises: report.exercises.map((exercise) => ({ ...exercise, title: plainLine(exercise.title) })),
    students: report.students.map(safeStudent),
  };
}

type Shorten = (message: string) => string;

function safeStudent(student: GradedStudent): GradedStudent {
  let left = studentBytes;
  const shorten: Shorten = (message) => {
    const text = plain(message, Math.min(messageBytes, Math.max(left, 80)));
    left -= Buffer.byteLength(text);
    return text;
  };
  const submission = safeSubmission(student.submission);
  return {
    ...student,
    submission,
    records: student.records.map((each) => safeRecord(each, submission, shorten)),
  };
}

function safeSubmission(submission: GradedSubmission): GradedSubmission {
  const { email, commit } = submission;
  return {
    ...submission,
    id: plainLine(submission.id),
    name: plainLine(submission.name),
    source: plainLine(submission.source),
    ...(email === undefined ? {} : { email: plainLine(email) }),
    ...(commit === undefined ? {} : { commit: plainLine(commit) }),
  };
}

function safeRecord(record: GradeRecord, submission: GradedSubmission, shorten: Shorten): GradeRecord {
  return {
    ...record,
    submission,
    title: plainLine(record.title),
    reason: plainLine(record.reason, 600),
    checks: record.checks.map((check) => safeCheck(check, shorten)),
    gates: record.gates.map((gate) => safeGate(gate, shorten)),
    ...(record.graderError === undefined ? {} : { graderError: shorten(record.graderError) }),
  };
}

function safeCheck(check: GradedCheck, shorten: Shorten): GradedCheck {
  const { message } = check;
  const texts = { id: plainLine(check.id), title: plainLine(check.title) };
  return { ...check, ...texts, ...(message === undefined ? {} : { message: shorten(message) }) };
}

function safeGate(gate: GradedGate, shorten: Shorten): GradedGate {
  const { message } = gate;
  const texts = { id: plainLine(gate.id), title: plainLine(gate.title), unit: plainLine(gate.unit) };
  return { ...gate, ...texts, ...(message === undefined ? {} : { message: shorten(message) }) };
}
