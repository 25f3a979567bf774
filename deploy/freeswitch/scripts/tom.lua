-- Forks a call to TOM and does what a module leaves to the dialplan: keys, clips, interruptions, the hang-up.
-- Use: <action application="lua" data="tom.lua MODULE"/>, MODULE being jambonz, drachtio or audio_stream.

local module = argv[1] or "jambonz"
local forks = {
  jambonz = { command = "uuid_audio_fork", event = "mod_audio_fork", path = "/ws/jambonz" },
  drachtio = { command = "uuid_audio_fork", event = "mod_audio_fork", path = "/ws/freeswitch?rate=16000" },
  audio_stream = { command = "uuid_audio_stream", event = "mod_audio_stream", path = "/ws/audio-stream?rate=16000" },
}
local fork = forks[module]
if not fork then
  freeswitch.consoleLog("ERR", "tom.lua: no module " .. module .. "\n")
  return
end

local api = freeswitch.API()
local uuid = session:getVariable("uuid")
-- Of the channel, else of vars.xml.
local function variable(name, otherwise)
  for _, value in ipairs({ session:getVariable(name) or "", api:executeString("global_getvar " .. name) or "" }) do
    if value ~= "" and value:sub(1, 1) ~= "-" then
      return value
    end
  end
  return otherwise
end

-- Arguments of an API command are separated by blanks, so the metadata have none.
local function plain(text)
  return (tostring(text or ""):gsub('[^%w%+%-_%.%*#]', ""))
end
local metadata = string.format(
  '{"callSid":"%s","uuid":"%s","from":"%s","lang":"%s","sampleRate":16000,"mixType":"mono"}',
  uuid, uuid, plain(session:getVariable("tom_cli")), plain(variable("tom_lang", "de"))
)
-- The token goes into the head of the request, not into the command, which FreeSWITCH may log.
local token = variable("tom_token", "")
if token ~= "" and module == "audio_stream" then
  session:setVariable("STREAM_EXTRA_HEADERS", string.format('{"Authorization":"Bearer %s"}', token))
elseif token ~= "" then
  session:setVariable("MOD_AUDIO_BASIC_AUTH_USERNAME", "tom")
  session:setVariable("MOD_AUDIO_BASIC_AUTH_PASSWORD", token)
end

-- Before the fork: what TOM says first must not be missed.
local events = {}
for _, name in ipairs({ "play_audio", "play", "json", "disconnect", "error" }) do
  events[#events + 1] = freeswitch.EventConsumer("CUSTOM", fork.event .. "::" .. name)
end

local command = table.concat({ fork.command, uuid, "start", variable("tom_url", "ws://127.0.0.1:8080") .. fork.path, "mono" }, " ")
if module == "jambonz" then
  -- Bidirectional, streaming, and the rate of what comes back.
  command = command .. " 16000 tom " .. metadata .. " true true 16000"
elseif module == "drachtio" then
  command = command .. " 16000 tom " .. metadata
else
  command = command .. " 16k " .. metadata
end
local answer = api:executeString(command)
if not answer or answer:sub(1, 1) == "-" then
  freeswitch.consoleLog("ERR", "tom.lua: the fork did not start: " .. tostring(answer) .. "\n")
  session:hangup("NORMAL_TEMPORARY_FAILURE")
  return
end

local clips, over = {}, false

-- Returning "break" ends what is being played.
local function look()
  local interrupted = false
  for _, consumer in ipairs(events) do
    local event = consumer:pop(0)
    while event do
      if event:getHeader("Unique-ID") == uuid then
        local kind = event:getHeader("Event-Subclass") or ""
        local body = event:getBody() or ""
        local file = body:match('"file"%s*:%s*"([^"]+)"')
        if file then
          clips[#clips + 1] = file
        elseif body:find("killAudio", 1, true) then
          clips, interrupted = {}, true
        elseif kind:find("disconnect", 1, true) or kind:find("error", 1, true) or body:find('"disconnect"', 1, true) then
          over, interrupted = true, true
        end
      end
      event = consumer:pop(0)
    end
  end
  return interrupted
end

function tom_input(_, kind, object)
  if kind == "dtmf" then
    api:executeString(string.format('%s %s send_text {"event":"dtmf","digit":"%s"}', fork.command, uuid, object.digit))
  end
  return look() and "break" or ""
end
session:setInputCallback("tom_input", "")

while session:ready() and not over do
  look()
  local clip = table.remove(clips, 1)
  if clip then
    session:streamFile(clip)
    os.remove(clip)
  else
    -- Hears keys while nothing is played.
    session:streamFile("silence_stream://100")
  end
end
api:executeString(fork.command .. " " .. uuid .. " stop")
