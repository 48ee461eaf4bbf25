const KEY = 'otp-relay-read';

/** Which entries were opened in this browser; shared by its tabs, and kept over a restart. */
export function createReadMarks() {
  let read = new Set();
  const load = () => {
    try {
      read = new Set(JSON.parse(localStorage.getItem(KEY) ?? '[]'));
    } catch {
      read = new Set();
    }
  };
  const save = () => {
    try {
      localStorage.setItem(KEY, JSON.stringify([...read]));
    } catch {
      // A browser that keeps nothing: everything is unread after a reload.
    }
  };
  load();
  return {
    load,
    isUnread: (id) => !read.has(id),
    mark: (id) => {
      if (read.has(id)) return;
      read.add(id);
      save();
    },
    /** Forgets all but these, so that the marks do not grow forever. */
    keep: (ids) => {
      if (ids.length === 0) return;
      read = new Set(ids.filter((id) => read.has(id)));
      save();
    },
  };
}
