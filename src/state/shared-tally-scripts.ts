// What shared tallies do inside Redis or Valkey. Every key begins with KEYS[1], which has the hash tag: they are in one slot of a cluster.

/**
 *   ROOT              hash: version, epoch and record of what all have agreed on
 *   ROOT:parts:EPOCH  hash: by replica "sequence:text"
 *   ROOT:SET:EPOCH    hash: by member who claimed it
 *
 * ARGV: version, epoch, claimant, how long all is kept, [id, sequence, text, …] and [set, member, …] in JSON. Gives version, parts and
 * claims; or, where another version stands, that and its record.
 */
export const EXCHANGE_PARTS_SCRIPT = `
local root, version, epoch, claimant, keptMs = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local stands = redis.call('HMGET', root, 'version', 'epoch', 'record')
if stands[1] ~= version or stands[2] ~= epoch then return { stands[1] or '0', stands[3] or '' } end
local parts = root .. ':parts:' .. epoch
local told = cjson.decode(ARGV[5])
for i = 1, #told, 3 do
  local before = redis.call('HGET', parts, told[i])
  local sequence = before and tonumber(string.match(before, '^(%d+):')) or -1
  if told[i + 1] > sequence then
    redis.call('HSET', parts, told[i], string.format('%.0f', told[i + 1]) .. ':' .. told[i + 2])
  end
end
local claims, granted, touched = cjson.decode(ARGV[6]), {}, {}
for i = 1, #claims, 2 do
  local key, member = root .. ':' .. claims[i] .. ':' .. epoch, string.format('%.0f', claims[i + 1])
  local isMine = redis.call('HSETNX', key, member, claimant) == 1 or redis.call('HGET', key, member) == claimant
  granted[#granted + 1] = isMine and 1 or 0
  touched[key] = true
end
for key in pairs(touched) do redis.call('PEXPIRE', key, keptMs) end
redis.call('PEXPIRE', parts, keptMs)
redis.call('PEXPIRE', root, keptMs)
return { version, redis.call('HVALS', parts), granted }
`;

/**
 * ARGV: the version that must stand (0: none), the next one, its epoch and record, how long all is kept, and the channel it is told on.
 * Gives the version; or, where another one stands, that and its record.
 */
export const AGREE_SCRIPT = `
local root, from, version, epoch, record, keptMs, channel = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local stands = redis.call('HMGET', root, 'version', 'epoch', 'record')
if (stands[1] or '0') ~= from then return { stands[1] or '0', stands[3] or '' } end
redis.call('HSET', root, 'version', version, 'epoch', epoch, 'record', record)
redis.call('PEXPIRE', root, keptMs)
redis.call('PUBLISH', channel, root)
return { version }
`;
