// What one exchange of a limit store does inside Redis or Valkey: all of it, or nothing. Every key begins with KEYS[1], which has the hash
// tag: they are in one slot of a cluster. The clock is the store's.

/**
 * ARGV: replica, reserveMs, leaseMs, settledMs, and the batch in JSON: accounts, reserves and settles as limit-store.ts says, wants as
 * [account, limit, lease, expiresAtMs], and of accounts whose store was away floors as [account, used, since]: what was used before, which
 * counts where it was of another since. Gives used, reserved, leased by others, leased and since of each want, one behind the other.
 *
 *   account:NAME  hash: used, reserved, since when it is counted, told (of used, what floors said), and `l:REPLICA` = "amount:life" of each
 *                 lease
 *   replicas      hash: "life:seen" of each; a replica that was not seen for leaseMs holds nothing, and comes back with another life
 *   open, due     reserves by id (packed), and when each runs out
 *   done:ID       a settled request; where its reserve ran out, that reserve, since the settle may still come
 */
export const EXCHANGE_SCRIPT = `
local root, replica = KEYS[1], ARGV[1]
local reserveMs, leaseMs, settledMs = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local batch = cjson.decode(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local open, due, replicas = root .. 'open', root .. 'due', root .. 'replicas'
local LATE, LONGEST, SWEPT = 3600000, 3456000000, 500

local touched = {}
local function account(name)
  local key = root .. 'account:' .. name
  if touched[key] == nil then
    touched[key] = true
    redis.call('HSETNX', key, 'since', string.format('%.0f', now))
    if redis.call('PTTL', key) == -1 then redis.call('PEXPIRE', key, LONGEST) end
  end
  return key
end
local sums = { used = {}, reserved = {} } -- by account, written at last: a command for each charge took most of the time
local function add(name, field, amount)
  sums[field][name] = (sums[field][name] or 0) + amount
end
local function drop(id)
  redis.call('HDEL', open, id)
  redis.call('ZREM', due, id)
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, SWEPT)) do
  local packed = redis.call('HGET', open, id)
  if packed then
    local reserve = cmsgpack.unpack(packed)
    for i = 2, #reserve, 3 do
      add(reserve[i], 'reserved', -reserve[i + 1])
      add(reserve[i], 'used', reserve[i + 2])
    end
    redis.call('SET', root .. 'done:' .. id, packed, 'PX', settledMs)
  end
  drop(id)
end

for _, floor in ipairs(batch.floors) do
  local key = account(floor[1])
  local lost = floor[2] - tonumber(redis.call('HGET', key, 'told') or '0')
  if lost > 0 and floor[3] ~= tonumber(redis.call('HGET', key, 'since')) then
    add(floor[1], 'used', lost)
    redis.call('HINCRBY', key, 'told', lost)
  end
end

local accounts, numbers, at = batch.accounts, batch.reserves.numbers, 1
for _, id in ipairs(batch.reserves.ids) do
  local charge = { id }
  for i = at + 1, at + 3 * numbers[at], 3 do
    charge[#charge + 1] = accounts[numbers[i] + 1]
    charge[#charge + 1] = numbers[i + 1]
    charge[#charge + 1] = numbers[i + 2]
  end
  at = at + 1 + 3 * numbers[at]
  if redis.call('EXISTS', root .. 'done:' .. id) == 0 and redis.call('HSETNX', open, id, cmsgpack.pack(charge)) == 1 then
    redis.call('ZADD', due, now + reserveMs, id)
    for i = 2, #charge, 3 do add(charge[i], 'reserved', charge[i + 1]) end
  end
end
if #batch.reserves.ids > 0 then
  redis.call('PEXPIRE', open, LONGEST)
  redis.call('PEXPIRE', due, LONGEST)
end

numbers, at = batch.settles.numbers, 1
for _, id in ipairs(batch.settles.ids) do
  local before = redis.call('SET', root .. 'done:' .. id, '', 'PX', settledMs, 'GET')
  if before ~= '' then
    if before then
      local provisional = cmsgpack.unpack(before)
      for i = 2, #provisional, 3 do add(provisional[i], 'used', -provisional[i + 2]) end
    end
    local packed = redis.call('HGET', open, id)
    if packed then
      local reserve = cmsgpack.unpack(packed)
      for i = 2, #reserve, 3 do add(reserve[i], 'reserved', -reserve[i + 1]) end
      drop(id)
    end
    for i = at + 1, at + 2 * numbers[at], 2 do add(accounts[numbers[i] + 1], 'used', numbers[i + 1]) end
  end
  at = at + 1 + 2 * numbers[at]
end

for field, amounts in pairs(sums) do
  for name, amount in pairs(amounts) do
    -- minus nothing would be written "-0", which is no integer
    if amount ~= 0 then redis.call('HINCRBY', account(name), field, amount) end
  end
end

local lives = {}
local seen = redis.call('HGETALL', replicas)
for i = 1, #seen, 2 do
  local life, at = string.match(seen[i + 1], '^(%d+):(%d+)$')
  if now - at >= leaseMs then redis.call('HDEL', replicas, seen[i]) else lives[seen[i]] = life end
end
local life = lives[replica] or string.format('%.0f', now)
lives[replica] = life
redis.call('HSET', replicas, replica, life .. ':' .. string.format('%.0f', now))
redis.call('PEXPIRE', replicas, LONGEST)

local standings = {}
for _, want in ipairs(batch.wants) do
  local key = account(want[1])
  local used, reserved, others, since = 0, 0, 0, 0
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local field, value = fields[i], fields[i + 1]
    if field == 'used' then used = math.max(0, tonumber(value))
    elseif field == 'reserved' then reserved = math.max(0, tonumber(value))
    elseif field == 'since' then since = tonumber(value)
    elseif field ~= 'told' then
      local holder = string.sub(field, 3)
      local amount, since = string.match(value, '^(%d+):(%d+)$')
      if lives[holder] ~= since then redis.call('HDEL', key, field)
      elseif holder ~= replica then others = others + amount end
    end
  end
  local leased = math.min(want[3], math.max(0, want[2] - used - reserved - others))
  if leased > 0 then redis.call('HSET', key, 'l:' .. replica, string.format('%.0f:%s', leased, life))
  else redis.call('HDEL', key, 'l:' .. replica) end
  redis.call('PEXPIREAT', key, math.max(want[4], now) + LATE)
  for _, figure in ipairs({ used, reserved, others, leased, since }) do standings[#standings + 1] = figure end
end
return standings
`;
