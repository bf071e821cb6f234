/** Kernels of Chmy's diffusion and Stokes examples and others, for tests on all engines. */
import {
  kernel,
  type Kernel,
  type Mask,
  type Scalar,
  type Tensor,
  type Vector,
} from '../../src/kernel/index.ts';

export const flux: Kernel<{ q: Vector; C: Scalar; chi: number }> = kernel(({ dx, dy }, { q, C, chi }) => {
  q.x.here = -chi * dx(C);
  q.y.here = -chi * dy(C);
});

export const update: Kernel<{ C: Scalar; q: Vector; dt: number }> = kernel(({ div }, { C, q, dt }) => {
  C.here -= dt * div(q);
});

export const heat: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel((_, { next, now, k }) => {
  next.here = now.here + k * (now.at(1, 0) + now.at(-1, 0) + now.at(0, 1) + now.at(0, -1) - 4 * now.here);
});

export const heat1: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel((_, { next, now, k }) => {
  next.here = now.here + k * (now.at(1) + now.at(-1) - 2 * now.here);
});

export const heat3: Kernel<{ next: Scalar; now: Scalar; k: number }> = kernel((_, { next, now, k }) => {
  next.here =
    now.here +
    k *
      (now.at(1, 0, 0) +
        now.at(-1, 0, 0) +
        now.at(0, 1, 0) +
        now.at(0, -1, 0) +
        now.at(0, 0, 1) +
        now.at(0, 0, -1) -
        6 * now.here);
});

export const updateOld: Kernel<{ T: Scalar; tau: Tensor; TOld: Scalar; tauOld: Tensor }> = kernel(
  (_, { T, tau, TOld, tauOld }) => {
    TOld.here = T.here;
    tauOld.xx.here = tau.xx.here;
    tauOld.yy.here = tau.yy.here;
    tauOld.xy.here = tau.xy.here;
  },
);

export interface Stress {
  tau: Tensor;
  Pr: Scalar;
  divV: Scalar;
  V: Vector;
  tauOld: Tensor;
  eta: Scalar;
  etaVe: number;
  G: number;
  dt: number;
  dtauPr: number;
  dtauR: number;
}

export const stress: Kernel<Stress> = kernel(({ dx, dy, div }, args) => {
  const { tau, Pr, divV, V, tauOld, eta, etaVe, G, dt, dtauPr, dtauR } = args;
  const exx = dx(V.x);
  const eyy = dy(V.y);
  const exy = 0.5 * (dy(V.x) + dx(V.y));
  divV.here = div(V);
  Pr.here -= divV.here * etaVe * dtauPr;
  const rxx =
    -(tau.xx.here - tauOld.xx.here) / (G * dt) - tau.xx.here / eta.here + 2.0 * (exx - divV.here / 3.0);
  const ryy =
    -(tau.yy.here - tauOld.yy.here) / (G * dt) - tau.yy.here / eta.here + 2.0 * (eyy - divV.here / 3.0);
  const rxy = -(tau.xy.here - tauOld.xy.here) / (G * dt) - tau.xy.here / eta.here + 2.0 * exy;
  tau.xx.here += rxx * etaVe * dtauR;
  tau.yy.here += ryy * etaVe * dtauR;
  tau.xy.here += rxy * etaVe * dtauR;
});

export interface Velocity {
  V: Vector;
  rV: Vector;
  Pr: Scalar;
  tau: Tensor;
  rhogy: Scalar;
  etaVe: number;
  nudtau: number;
}

export const velocity: Kernel<Velocity> = kernel(({ dx, dy }, { V, rV, Pr, tau, rhogy, etaVe, nudtau }) => {
  rV.x.here = -dx(Pr) + dx(tau.xx) + dy(tau.xy);
  rV.y.here = -dy(Pr) + dy(tau.yy) + dx(tau.xy) - rhogy.here;
  V.x.here += (rV.x.here * nudtau) / etaVe;
  V.y.here += (rV.y.here * nudtau) / etaVe;
});

export const thermalFlux: Kernel<{ qT: Vector; T: Scalar; V: Vector; lambda: number }> = kernel(
  ({ dx, dy, leftx, rightx, lefty, righty }, { qT, T, V, lambda }) => {
    qT.x.here = -lambda * dx(T) + Math.max(V.x.here, 0) * leftx(T) + Math.min(V.x.here, 0) * rightx(T);
    qT.y.here = -lambda * dy(T) + Math.max(V.y.here, 0) * lefty(T) + Math.min(V.y.here, 0) * righty(T);
  },
);

export const thermal: Kernel<{ T: Scalar; TOld: Scalar; qT: Vector; dt: number }> = kernel(
  ({ div }, { T, TOld, qT, dt }) => {
    T.here = TOld.here - dt * div(qT);
  },
);

/** Every operator of two dimensions. */
export const operators: Kernel<{
  f: Scalar;
  k: Scalar;
  v: Vector;
  c: Scalar;
  e: Scalar;
  n: Scalar;
  o: Scalar;
}> = kernel(
  (
    {
      dx,
      dy,
      dx2,
      dy2,
      dkdx,
      dkdy,
      div,
      lap,
      divGrad,
      vmag,
      lerp,
      hlerp,
      diffx,
      diffy,
      leftx,
      lefty,
      rightx,
      righty,
    },
    { f, k, v, c, e, n, o },
  ) => {
    c.here =
      dx2(f) +
      dy2(f) +
      dkdx(k, f) +
      dkdy(k, f) +
      div(v) +
      lap(f) +
      divGrad(k, f) +
      vmag(v) +
      lerp(v.x, f) * hlerp(v.y, 'cc');
    e.here = dx(f) + diffx(f) * leftx(k) - rightx(f) * lerp(k, 'vc') + lerp(v.y, e);
    n.here = dy(f) + diffy(f) * lefty(k) - righty(f) * hlerp(k, n);
    o.here = dy(v.x) + dx(v.y) + lerp(f, 'vv') * hlerp(k, o);
  },
);

/** Operators with a mask, the point's indices and coordinates. */
export const masked: Kernel<{ f: Scalar; k: Scalar; v: Vector; m: Mask; c: Scalar; e: Scalar }> = kernel(
  ({ dx, lap, div, dkdy, leftx, i, j, x, y }, { f, k, v, m, c, e }) => {
    c.here = lap(f, m) + div(v, m) + dkdy(k, f, m) + i() * 0.5 + j();
    e.here = dx(f, m) + leftx(f, m) + x() * 3 + y();
  },
);

/** Control flow, functions inside and given: what minifiers rewrite. */
export const control: Kernel<{ out: Scalar; f: Scalar; limiter: (a: number, b: number) => number }> = kernel(
  (_, { out, f, limiter }) => {
    const clamp = (value: number, most: number) => {
      if (value > most) return most;
      if (value < -most) return -most;
      return value;
    };
    let sum = 0;
    for (let j = -1; j <= 1; j++) {
      for (let i = -1; i <= 1; i++) {
        if (i !== 0 || j !== 0) sum += f.at(i, j);
      }
    }
    if (sum > 2) {
      out.here = clamp(sum, 4) ** 3;
    } else if (sum < -2 || !(f.here < 1)) {
      out.here = limiter(f.at(1, 0) - f.here, f.here - f.at(-1, 0));
    } else {
      out.here = Math.exp(sum) * Math.PI;
    }
    if (f.here > 1) out.here *= 2;
  },
);
