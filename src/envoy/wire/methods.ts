// The gRPC methods of Envoy's that we serve, as the paths they are called by. Health has its own package.

export const EXT_PROC_METHOD = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
export const ACCESS_LOG_METHOD = "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs";
