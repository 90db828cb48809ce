/** Runs tasks, a few at a time, and only those that are wanted now. */
export class Queue {
  #limit;
  #running = 0;
  #waiting = [];

  constructor(limit) {
    this.#limit = limit;
  }

  /**
   * @param run begins the task; its promise must not fail
   * @param rank tells how soon it is wanted, the lowest first; Infinity is not now
   */
  add(run, rank) {
    return new Promise((done) => {
      this.#waiting.push({ run, rank, done });
      this.pump();
    });
  }

  /** To be called when ranks have changed. */
  pump() {
    while (this.#running < this.#limit) {
      let best = -1;
      let lowest = Infinity;
      this.#waiting.forEach((task, i) => {
        const rank = task.rank();
        if (rank < lowest) [best, lowest] = [i, rank];
      });
      if (best < 0) return;
      const [task] = this.#waiting.splice(best, 1);
      this.#running++;
      task.run().finally(() => {
        this.#running--;
        task.done();
        this.pump();
      });
    }
  }
}
