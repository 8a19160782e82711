// Code as people paste it into a chat, in a dozen languages. No weight of the token estimate was fitted to it.

export const EVERYDAY_CODE: readonly string[] = [
  `def moving_average(values, window):
    """Yields the mean of each run of \`window\` values."""
    total = 0.0
    for index, value in enumerate(values):
        total += value
        if index >= window:
            total -= values[index - window]
        if index + 1 >= window:
            yield total / window
`,
  `#include <stdio.h>
#include <string.h>

#define MAX_LINE 256

int main(int argc, char **argv) {
    char line[MAX_LINE];
    size_t longest = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t length = strcspn(line, "\\n");
        if (length > longest) longest = length;
    }
    printf("%zu\\n", longest);
    return 0;
}
`,
  `func (c *Cache) Get(ctx context.Context, key string) ([]byte, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	entry, ok := c.entries[key]
	if !ok || time.Now().After(entry.expires) {
		return nil, ErrNotFound
	}
	return entry.value, nil
}
`,
  `impl<T: Ord + Clone> Tree<T> {
    pub fn insert(&mut self, value: T) -> bool {
        match self.root.as_mut() {
            None => { self.root = Some(Box::new(Node::leaf(value))); true }
            Some(node) => node.insert(value),
        }
    }
}
`,
  `SELECT c.country, date_trunc('month', o.created_at) AS month, SUM(o.total_cents) / 100.0 AS revenue
FROM orders o
JOIN customers c ON c.id = o.customer_id
WHERE o.status IN ('paid', 'shipped') AND o.created_at >= '2024-01-01'
GROUP BY 1, 2
HAVING SUM(o.total_cents) > 100000
ORDER BY month DESC, revenue DESC
LIMIT 50;
`,
  `#!/usr/bin/env bash
set -euo pipefail
for file in "$@"; do
  if [[ ! -f "$file" ]]; then
    echo "skipping $file: not a file" >&2
    continue
  fi
  gzip -9 --keep "$file" && mv -- "$file.gz" "\${BACKUP_DIR:-/var/backups}/$(date +%F)-$(basename "$file").gz"
done
`,
  `apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
  labels: { app: checkout }
spec:
  replicas: 3
  selector:
    matchLabels: { app: checkout }
  template:
    metadata:
      labels: { app: checkout }
    spec:
      containers:
        - name: server
          image: registry.example.com/checkout:1.14.2
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 5 }
`,
  `<section class="card card--wide" id="pricing">
  <h2>Choose a plan</h2>
  <ul>
    <li><label><input type="radio" name="plan" value="basic" checked> Basic, $9 a month</label></li>
    <li><label><input type="radio" name="plan" value="team"> Team, $29 a month</label></li>
  </ul>
  <button type="submit" onclick="submitPlan(event)">Continue</button>
</section>
`,
  `export function useDebounced<T>(value: T, delayMs = 300): T {
  const [debounced, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return debounced;
}
`,
  `public final class Account {
    private static final int MAX_RETRIES = 5;
    private BigDecimal balance = BigDecimal.ZERO;

    public synchronized void withdraw(BigDecimal amount) throws InsufficientFundsException {
        if (balance.compareTo(amount) < 0) {
            throw new InsufficientFundsException(balance, amount);
        }
        balance = balance.subtract(amount);
    }
}
`,
  `Traceback (most recent call last):
  File "/srv/app/worker.py", line 88, in handle
    payload = json.loads(message.body)
  File "/usr/lib/python3.12/json/decoder.py", line 338, in decode
    obj, end = self.raw_decode(s, idx=_w(s, 0).end())
json.decoder.JSONDecodeError: Expecting ',' delimiter: line 1 column 412 (char 411)
`,
  `2024-05-17T09:12:44.018Z ERROR [pool-7-thread-3] c.e.billing.InvoiceJob - invoice 48213 failed after 3 attempts (1874 ms)
2024-05-17T09:12:44.020Z WARN  [pool-7-thread-3] c.e.billing.RetryQueue - requeued invoice=48213 attempt=4 backoff=30s
2024-05-17T09:12:45.331Z INFO  [http-nio-8080-exec-2] c.e.api.AccessLog - POST /v1/invoices 202 41ms 10.1.4.17
`,
  `| Month    | Orders | Revenue |
|:---------|-------:|--------:|
| January  |    412 | $10,331 |
| February |    389 |  $9,875 |
| March    |    517 | $13,060 |
`,
  `// =====================================================================
// DO NOT EDIT. GENERATED FROM SCHEMA VERSION 14.
// =====================================================================
#define STATUS_OK 0
#define STATUS_NOT_FOUND 404
#define STATUS_INTERNAL_SERVER_ERROR 500
`,
];
