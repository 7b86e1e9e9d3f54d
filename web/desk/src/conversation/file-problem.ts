// Why a customer's file is not there, in words.
import type { FileProblem } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { sayBytes } from "../time/format.ts";

export function sayFileProblem(problem: FileProblem | null, t: TFunction, language: string): string {
  if (!problem) return t("log.fileFailed");
  const limit = problem.limit ?? 0;
  switch (problem.code) {
    case "too_big":
      return problem.bytes === null
        ? t("log.fileProblem.too_big_unknown", { limit: sayBytes(limit, language) })
        : t("log.fileProblem.too_big", { size: sayBytes(problem.bytes, language), limit: sayBytes(limit, language) });
    case "too_many_pixels":
      return t("log.fileProblem.too_many_pixels", { limit: Math.round(limit / 1e6) });
    default:
      return t(`log.fileProblem.${problem.code}`);
  }
}
