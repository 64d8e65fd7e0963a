// Lists: a page when it is awaited, every object of the list when it is iterated over.

export class Page {
  constructor(answer, next, backwards) {
    Object.assign(this, answer);
    for (const [name, value] of Object.entries({ fetchNext: next, answer, backwards })) {
      Object.defineProperty(this, name, { value, enumerable: false });
    }
  }

  // The page after this one; undefined after the last.
  async nextPage() {
    const after = this.has_more ? following(this) : undefined;
    return after === undefined ? undefined : this.fetchNext(after);
  }

  async *[Symbol.asyncIterator]() {
    for (let page = this; page !== undefined; page = await page.nextPage()) {
      yield* page.backwards ? [...page.data].reverse() : page.data;
    }
  }
}

// What asks for the page that follows: a search says so itself, a list goes on after its last object. One that was asked
// for with `ending_before` goes the other way: towards the beginning of the list, the nearest first.
function following(page) {
  if (page.next_page) return { page: page.next_page };
  const last = page.data.at(page.backwards ? 0 : -1);
  const id = last?.id ?? last?.event;
  return id === undefined ? undefined : { [page.backwards ? "ending_before" : "starting_after"]: id };
}

// A promise of the first page that can also be iterated over: `for await (const each of peaswap.customers.list())`.
export class PagePromise {
  constructor(ask) {
    this.ask = ask;
    this.first = undefined;
  }

  page() {
    this.first ??= this.ask({});
    return this.first;
  }

  then(resolve, reject) {
    return this.page().then(resolve, reject);
  }

  catch(reject) {
    return this.page().catch(reject);
  }

  finally(done) {
    return this.page().finally(done);
  }

  async *[Symbol.asyncIterator]() {
    yield* await this.page();
  }

  // All objects of the list, at most `limit`.
  async toArray({ limit = 10_000 } = {}) {
    const all = [];
    if (limit < 1) return all;
    for await (const each of this) {
      all.push(each);
      if (all.length >= limit) break;
    }
    return all;
  }
}

export function paged(fetchPage, parameters) {
  const backwards = parameters?.ending_before !== undefined;
  const ask = async (more) => {
    const answer = await fetchPage({ ...parameters, ...more });
    return new Page(answer, ask, backwards);
  };
  return new PagePromise(ask);
}
