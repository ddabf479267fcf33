/** The best value over the trials of a study as a small line; nothing with fewer than two values. */
export function CourseLine({ course }: { readonly course: readonly (number | null)[] }) {
  const values = course.filter((value): value is number => value !== null && Number.isFinite(value));
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const height = (value: number): number => (high === low ? 9 : 16 - ((value - low) / (high - low)) * 14);
  let path = "";
  course.forEach((value, i) => {
    if (value === null || !Number.isFinite(value)) return;
    const x = ((i / (course.length - 1)) * 76 + 2).toFixed(1);
    path += path === "" ? `M${x} ${height(value).toFixed(1)}` : `H${x}V${height(value).toFixed(1)}`;
  });
  return (
    <svg class="course" viewBox="0 0 80 18" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
