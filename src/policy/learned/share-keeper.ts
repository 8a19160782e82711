// Keeps the share of requests under a threshold at a target, by moving the threshold within bounds as scores come in.

export interface ThresholdMove {
  readonly from: number;
  readonly to: number;
  readonly observedShare: number; // weak share of the window just ended
  readonly requests: number; // in that window
}
